"""Tests of one running agent, shared by the tests of a class while it lives."""

from __future__ import annotations

import textwrap
import unittest
from typing import Any, ClassVar

from .daemon_double import DaemonDouble, Finished


class AgentCase(unittest.TestCase):
    """Runs programs in an agent that is pid 1 of its own namespace."""

    daemon: DaemonDouble
    environment: ClassVar[dict[str, str]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.daemon = cls.new_daemon().__enter__()

    @classmethod
    def new_daemon(cls) -> DaemonDouble:
        """An agent that was not greeted yet."""
        return DaemonDouble(environment=cls.environment)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.daemon.__exit__()

    def setUp(self) -> None:
        if not self.daemon.can_run:
            self.renew()

    def renew(self) -> None:
        """A fresh agent, for a test that spoils one."""
        self.tearDownClass()
        self.setUpClass()

    def run_code(self, source: str, **changes: Any) -> Finished:
        """Runs a program to its end."""
        return self.daemon.run(textwrap.dedent(source), **changes)

    def output_of(self, source: str, **changes: Any) -> str:
        """What a program prints that ends well."""
        finished = self.run_code(source, **changes)
        self.assertIsNotNone(finished.ended, finished)
        assert finished.ended is not None
        self.assertEqual("completed", finished.ended["how"], finished.ended)
        return finished.output

    def traceback_of(self, source: str, **changes: Any) -> str:
        """The traceback of a program that ends with an exception."""
        return self.run_code(source, **changes).exception["traceback"]
