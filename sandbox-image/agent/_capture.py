"""Output at descriptor level: pipes behind the worker's fd 1 and 2, read by the supervisor.

What Python code prints goes another, faster way (`_streams`). Here is what subprocesses and C code
write, and what forked children print.
"""

from __future__ import annotations

import array
import fcntl
import os
import resource
import select
import termios
from contextlib import suppress

from ._outbound import Outbound
from ._page import Field, SharedPage

# Fits one frame with its prefix.
_READ_BYTES = 65000
# Two pipes as Linux makes them. Only the worker itself can write more after everything else was
# killed, and it must not keep the run from ending.
_LEFT_BYTES = 256 * 1024


def move_up(descriptor: int) -> int:
    """A copy of the descriptor where user code does not meet it, closed in children that exec."""
    lowest = max(16, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1024) - 32)
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)


def standing_in(pipe: int) -> int:
    """How many bytes stand in a pipe; either end may be asked."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


class CapturePipe:
    """One pipe, seen from the supervisor."""

    def __init__(self, descriptor: int, owner: Capture) -> None:
        self.descriptor = descriptor
        self.reading_end, writing_end = os.pipe2(os.O_CLOEXEC)
        # Both processes keep it: the worker to ask what stands in the pipe, whatever the user does
        # to fd 1; the supervisor so that the pipe never reports an end.
        self.writing_end = move_up(writing_end)
        os.close(writing_end)
        os.set_blocking(self.reading_end, False)
        self._owner = owner

    def take(self) -> None:
        """Moves what stands in the pipe into one frame, as far as credit goes."""
        owner = self._owner
        wanted = min(_READ_BYTES, owner.credit, owner.left)
        if wanted <= 0:
            return
        fields = owner.page.fields
        # While READING is set the worker cannot tell what was taken: it waits for the flag.
        fields[Field.READING] = 1
        try:
            data = os.read(self.reading_end, wanted)
        except BlockingIOError:
            data = b""
        fields[Field.TAKEN] += len(data)
        fields[Field.READING] = 0
        if data:
            owner.credit -= len(data)
            if owner.is_bounded:
                owner.left -= len(data)
            owner.outbound.send_captured(owner.stream, self.descriptor, data)

    def discard(self) -> None:
        """Throws away what is written while no run is active: it belongs to nobody."""
        with suppress(BlockingIOError):
            os.read(self.reading_end, _READ_BYTES)


class Standing:
    """What waits to be captured, seen from the worker."""

    def __init__(self, ends: list[tuple[int, int]]) -> None:
        """`ends`: of each pipe the one to read from and the one to write to."""
        self._ends = ends
        self._reading = [reading for reading, _writing in ends]

    @property
    def descriptors(self) -> list[int]:
        """What the worker keeps open for it."""
        return [descriptor for ends in self._ends for descriptor in ends]

    def count(self) -> int:
        """How many bytes."""
        # One question for both pipes, at every end and before everything that is printed: system
        # calls are what a run in gVisor waits for, and mostly the pipes are empty.
        # Threads ask at the same time, which a poll object does not bear.
        if not select.select(self._reading, (), (), 0)[0]:
            return 0
        return sum(standing_in(writing) for _reading, writing in self._ends)


class Capture:
    """Both pipes, the credit of lane 2, and what is left to read at the end of a run."""

    def __init__(self, page: SharedPage, outbound: Outbound) -> None:
        self.page = page
        self.outbound = outbound
        self.stream = 0
        self.credit = 0
        self.left = _LEFT_BYTES
        self.is_bounded = False
        self.pipes = (CapturePipe(1, self), CapturePipe(2, self))

    def connect_worker(self) -> Standing:
        """In the worker, after the fork: fd 1 and 2 become the pipes."""
        for pipe in self.pipes:
            os.dup2(pipe.writing_end, pipe.descriptor)
        return Standing([(move_up(pipe.reading_end), pipe.writing_end) for pipe in self.pipes])

    def start_run(self, stream: int, window: int) -> None:
        """Lane 2 starts anew."""
        self.stream = stream
        self.credit = window
        self.left = _LEFT_BYTES
        self.is_bounded = False

    def bound_what_is_left(self) -> None:
        """From here on only what stands in the pipes is read."""
        self.is_bounded = True

    def readable_now(self) -> tuple[CapturePipe, ...]:
        """The pipes to wait for; none without credit."""
        return self.pipes if self.credit > 0 and self.left > 0 and self.outbound.has_room else ()

    @property
    def is_empty(self) -> bool:
        """Whether everything was taken that this run will be heard of."""
        return self.left <= 0 or not any(standing_in(pipe.reading_end) for pipe in self.pipes)
