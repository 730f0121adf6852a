"""SIGINT in the worker: KeyboardInterrupt for the user's code, never in the middle of a frame."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class Interrupts:
    """Decides when an interrupt is raised. Signal handlers run on the main thread only, so only
    that thread's critical sections count; its depth needs no lock.

    Used as a context manager around what must not be torn: ``with interrupts: …``.
    """

    def __init__(self) -> None:
        self._main = threading.get_ident()
        self._depth = 0
        self._pending = False
        self._active = False
        # Asked first: true when the interrupt was passed on in another way.
        self.divert: Callable[[], bool] = lambda: False

    def install(self) -> None:
        """Takes SIGINT over. User code may replace the handler; frames are whole even then."""
        signal.signal(signal.SIGINT, self._on_signal)
        self._main = threading.get_ident()

    def begin(self) -> None:
        """User code starts. An interrupt that came before it is raised here."""
        self._active = True
        self._raise_pending()

    def end(self) -> None:
        """User code is over: later interrupts have nothing to interrupt."""
        self._active = False
        self._pending = False

    def __enter__(self) -> None:
        if threading.get_ident() == self._main:
            self._depth += 1

    def __exit__(self, *_exception: object) -> None:
        if threading.get_ident() == self._main:
            self._depth -= 1
            if self._pending:
                self._raise_pending()

    def _raise_pending(self) -> None:
        if self._pending and self._active and self._depth == 0:
            self._pending = False
            self._deliver()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._active or self._depth > 0:
            self._pending = True
            return
        self._deliver()

    def _deliver(self) -> None:
        if not self.divert():
            raise KeyboardInterrupt
