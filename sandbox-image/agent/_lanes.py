"""Bytes on their way from the daemon into the sandbox: bounded by a window, never blocking."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable

from ._protocol import ProtocolError

# Credit is given in pieces of this size, so that small messages do not cost a frame each.
_CREDIT_STEP = 64 * 1024


class InwardLane:
    """A queue of bytes for one descriptor. Bytes past the window are a violation by the daemon."""

    def __init__(self, descriptor: int, window: int, give_credit: Callable[[int], None]) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._window = window
        self._step = min(_CREDIT_STEP, max(1, window // 4))
        self._give_credit = give_credit
        self._chunks: deque[memoryview] = deque()
        self._held = 0  # taken from the daemon and not given back as credit
        self._passed = 0  # given on, credit still owed
        self._closing = False
        self.is_open = True

    def add(self, data: bytes) -> None:
        """Takes bytes from the daemon and gives on what fits now."""
        if not self.is_open or self._closing:
            self.drop(len(data))
            return
        self._hold(len(data))
        self._chunks.append(memoryview(data))
        self.flush()

    def drop(self, count: int) -> None:
        """Bytes that came for nobody: their credit goes back."""
        self._hold(count)
        self._pass_on(count)

    def flush(self) -> None:
        """Writes what the descriptor takes."""
        while self._chunks:
            chunk = self._chunks[0]
            try:
                written = os.write(self.descriptor, chunk)
            except BlockingIOError:
                return
            except OSError:
                # Nobody reads any more. The bytes are dropped, the credit goes back.
                self.close()
                return
            if written == len(chunk):
                self._chunks.popleft()
            else:
                self._chunks[0] = chunk[written:]
            self._pass_on(written)
        if self._closing:
            self.close()

    def reopen(self, descriptor: int) -> None:
        """Goes on with another descriptor: the window is of the lane, not of who reads."""
        self.close()
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.is_open = True
        self._closing = False

    def close_when_empty(self) -> None:
        """End of file for the reader after what is queued."""
        self._closing = True
        if not self._chunks:
            self.close()

    def close(self) -> None:
        """Closes the descriptor and drops what is queued."""
        dropped = sum(map(len, self._chunks))
        self._chunks.clear()
        if self.is_open:
            self.is_open = False
            os.close(self.descriptor)
        self._pass_on(dropped)

    @property
    def waiting(self) -> bool:
        """Whether bytes are queued."""
        return bool(self._chunks)

    def _hold(self, count: int) -> None:
        if self._held + count > self._window:
            raise ProtocolError(f"{count} bytes pass the window of {self._window}")
        self._held += count

    def _pass_on(self, count: int) -> None:
        self._passed += count
        if self._passed >= self._step:
            self._held -= self._passed
            owed, self._passed = self._passed, 0
            self._give_credit(owed)
