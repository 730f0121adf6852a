"""SIGINT in the worker: KeyboardInterrupt for the user's code, never in the middle of a frame."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from ._page import Field, SharedPage

T = TypeVar("T")


class Interrupts:
    """Decides when an interrupt is raised: only while code of the user's runs, whatever of it runs.

    Signal handlers run on the main thread only, so only that thread's critical sections count;
    its depth needs no lock.

    Used as a context manager around what must not be torn: ``with interrupts: …``.
    """

    def __init__(self, page: SharedPage) -> None:
        self._fields = page.fields
        self._main = threading.get_ident()
        self._depth = 0
        self._is_run = False
        self._is_on = False
        self._pending = False
        # Asked first: true when the interrupt was passed on in another way.
        self.divert: Callable[[], bool] = lambda: False

    def install(self) -> None:
        """Takes SIGINT over. User code may replace the handler; frames are whole even then."""
        signal.signal(signal.SIGINT, self._on_signal)
        self._main = threading.get_ident()

    def begin_run(self) -> None:
        """A run starts. An interrupt of it that came before waits for its code; one of the run before is over.

        The signal itself does not tell them apart: it may come when its run has ended, and before
        the next one is known here. So the supervisor notes which run it has interrupted.
        """
        self._pending = False
        self._is_run = True
        if self._fields[Field.INTERRUPTED]:
            self._pending = True

    def end_run(self) -> None:
        """The run is over: later interrupts have nothing to interrupt."""
        self._is_run = False
        self._pending = False

    def during(self, code: Callable[[], T]) -> T:
        """Calls code of the user's. May raise KeyboardInterrupt, and after it only what the code raised."""
        try:
            self._is_on = True
            self._raise_pending()
            return code()
        finally:
            # Nothing stands between this and the code where the interpreter would look for signals.
            self._is_on = False

    def __enter__(self) -> None:
        if threading.get_ident() == self._main:
            self._depth += 1

    def __exit__(self, *_exception: object) -> None:
        if threading.get_ident() == self._main:
            self._depth -= 1
            if self._pending:
                self._raise_pending()

    def _raise_pending(self) -> None:
        if self._pending and self._is_on and self._depth == 0:
            self._pending = False
            self._deliver()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._is_on or self._depth > 0:
            self._pending = self._is_run
            return
        self._deliver()

    def _deliver(self) -> None:
        if not self.divert():
            raise KeyboardInterrupt
