"""Which interrupt reaches which code."""

from __future__ import annotations

import signal
import unittest
from collections.abc import Callable

from agent._interrupts import Interrupts
from agent._page import Field, SharedPage


class InterruptsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.page = SharedPage()
        self.interrupts = Interrupts(self.page)
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        self.interrupts.install()

    @staticmethod
    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)

    def is_interrupted(self, code: Callable[[], object]) -> bool:
        try:
            self.interrupts.during(code)
        except KeyboardInterrupt:
            return True
        return False

    def test_code_is_interrupted_each_time(self) -> None:
        self.interrupts.begin_run()

        self.assertTrue(self.is_interrupted(self.interrupt))
        self.assertTrue(self.is_interrupted(self.interrupt))

    def test_between_two_pieces_of_code_it_waits_for_the_second(self) -> None:
        self.interrupts.begin_run()
        self.assertFalse(self.is_interrupted(lambda: None))

        self.interrupt()

        self.assertTrue(self.is_interrupted(lambda: None))
        self.assertFalse(self.is_interrupted(lambda: None))

    def test_in_what_must_not_be_torn_it_waits_for_its_end(self) -> None:
        reached: list[int] = []

        def code() -> None:
            with self.interrupts:
                self.interrupt()
                reached.append(1)
            reached.append(2)

        self.interrupts.begin_run()
        self.assertTrue(self.is_interrupted(code))
        self.assertEqual([1], reached)

    def test_one_that_comes_when_its_run_has_ended_is_not_the_next_runs(self) -> None:
        self.page.start_run(1)
        self.interrupts.begin_run()
        self.page.fields[Field.INTERRUPTED] = 1
        self.interrupts.end_run()
        self.interrupt()

        self.page.start_run(1)
        self.interrupts.begin_run()

        self.assertFalse(self.is_interrupted(lambda: None))

    def test_one_that_overtook_its_run_is_that_runs(self) -> None:
        self.interrupt()
        self.page.fields[Field.INTERRUPTED] = 1

        self.interrupts.begin_run()

        self.assertTrue(self.is_interrupted(lambda: None))
