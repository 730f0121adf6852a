"""The worker's frames to the daemon: straight to stdout, each in one write of at most PIPE_BUF.

Any thread of the worker may write. The lock is held for one frame at a time, and never while
waiting for credit.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ._framing import HEADER, WORKER_FRAME_BYTES, encode_frame, encode_message
from ._interrupts import Interrupts
from ._page import Field, SharedPage
from ._protocol import OUTPUT_PREFIX, Kind, encode_headed, encode_output

_CHUNK = WORKER_FRAME_BYTES - HEADER.size - OUTPUT_PREFIX
# How long the supervisor may make no progress before output goes ahead of what it captures.
_PATIENCE_SECONDS = 1.0
_SHORTEST_PAUSE = 0.00005
_LONGEST_PAUSE = 0.002


class ForkedChildError(Exception):
    """Raised in a forked child, which has no channel of its own."""


class Wire:
    """Writes output and messages of the current run."""

    def __init__(self, descriptor: int, page: SharedPage, standing: Callable[[], int], interrupts: Interrupts) -> None:
        self._descriptor = descriptor
        self._fields = page.fields
        self._standing = standing
        self._interrupts = interrupts
        self._lock = threading.Lock()
        # The parts of two messages of one kind must not mix. Taken before the other.
        self._display_lock = threading.Lock()
        self._stream = 0
        self._used = 0
        self._open = False
        self._gave_up_at = -1
        self.is_forked_child = False

    def begin_run(self, stream: int) -> None:
        """Opens the wire for a run; the supervisor has set the shared counters before."""
        # Once more, and by whom it is set: `end_with` of the run before may have come after the
        # supervisor had cleared it, and a worker that dies now would be taken for one that has ended.
        self._fields[Field.ENDED] = 0
        self._stream = stream
        self._used = 0
        self._gave_up_at = -1
        self._open = True

    def end_run(self) -> None:
        """What threads print from here on belongs to no run and is dropped."""
        with self._interrupts, self._lock:
            self._open = False

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Frames go nowhere meanwhile."""
        channel, self._descriptor = self._descriptor, os.open(os.devnull, os.O_WRONLY)
        try:
            yield
        finally:
            nowhere, self._descriptor = self._descriptor, channel
            os.close(nowhere)

    def leave_to_child(self) -> None:
        """After a fork, in the child: it has no channel, its output goes through the pipes."""
        if self.is_forked_child:
            return
        self.is_forked_child = True
        self._lock = threading.Lock()
        self._display_lock = threading.Lock()
        os.close(self._descriptor)

    def output(self, descriptor: int, data: bytes | bytearray | memoryview) -> None:
        """Writes Python-level output; blocks at the window until the daemon gives credit."""
        view = memoryview(data).cast("B")
        if self.is_forked_child:
            _write_all(descriptor, view)
            return
        if not view or not self._open:
            return
        self._let_supervisor_catch_up()
        start = 0
        pause = _SHORTEST_PAUSE
        while start < len(view) and self._open:
            written = self._output_some(descriptor, view[start : start + _CHUNK])
            start += written
            if written:
                pause = _SHORTEST_PAUSE
            else:
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _output_some(self, descriptor: int, chunk: memoryview) -> int:
        """Writes as much of the chunk as the window has room for, in one frame."""
        fields = self._fields
        with self._interrupts, self._lock:
            size = min(len(chunk), fields[Field.GRANTED] - self._used)
            if size <= 0 or not self._open:
                return 0
            after = fields[Field.SUPERVISOR_FRAMES]
            payload = encode_output(descriptor, after, bytes(chunk[:size]))
            _write_all(self._descriptor, memoryview(encode_frame(Kind.OUTPUT, self._stream, payload)))
            self._used += size
            fields[Field.WORKER_FRAMES] += 1
            return size

    def display(self, header: dict[str, Any], bulk: bytes) -> None:
        """Writes a display behind all output that was written before it."""
        if not self._open:
            return
        # Asked once: what begins in one run is not shown in the next.
        stream = self._stream
        with self._display_lock:
            self._let_supervisor_catch_up()
            after = self._fields[Field.SUPERVISOR_FRAMES]
            payload = encode_headed({"after": after, **header}, bulk)
            with self._interrupts:
                *parts, last = encode_message(Kind.DISPLAY, stream, payload, WORKER_FRAME_BYTES)
                for part in parts:
                    self._write_during(stream, part)
                self._write_during(stream, last, ordered=1)

    def _write_during(self, stream: int, frame: bytes, ordered: int = 0) -> None:
        """Nothing of a run may follow its end; a message that is cut short there is no message."""
        with self._lock:
            if self._open and self._stream == stream:
                _write_all(self._descriptor, memoryview(frame))
                self._fields[Field.WORKER_FRAMES] += ordered

    def message(self, kind: Kind, stream: int, payload: bytes = b"") -> None:
        """Writes one message, in as many frames as it needs. An interrupt waits for its end."""
        if self.is_forked_child:
            raise ForkedChildError
        # All of them before the first is written: there may be no memory for the last.
        self._write_message(list(encode_message(kind, stream, payload, WORKER_FRAME_BYTES)))

    def _write_message(self, frames: list[bytes]) -> None:
        with self._interrupts:
            for frame in frames:
                with self._lock:
                    _write_all(self._descriptor, memoryview(frame))

    def nothing_was_captured(self) -> bool:
        """Whether the supervisor has and will have no output for this run, if nobody writes any."""
        return self._captured_before_now() == 0

    def frames_of_end(self, payload: bytes) -> list[bytes]:
        """The last message of the run."""
        return list(encode_message(Kind.ENDED, self._stream, payload, WORKER_FRAME_BYTES))

    def end_with(self, frames: list[bytes]) -> None:
        """Says the last message of the run."""
        self._write_message(frames)
        self._fields[Field.ENDED] = 1

    def _let_supervisor_catch_up(self) -> None:
        """Waits until what stood in the capture pipes is on its way to the daemon.

        Inherently racy with processes in the background, which may go on writing: what counts is
        that everything is sent that was written before this call.
        """
        fields = self._fields
        target = self._captured_before_now()
        sent = fields[Field.SENT]
        if sent >= target or sent == self._gave_up_at:
            return
        pause = _SHORTEST_PAUSE
        moved_at = time.monotonic()
        while fields[Field.SENT] < target:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            if fields[Field.SENT] != sent:
                sent, moved_at = fields[Field.SENT], time.monotonic()
            elif time.monotonic() - moved_at > _PATIENCE_SECONDS:
                self._gave_up_at = sent
                return

    def _captured_before_now(self) -> int:
        """Bytes ever captured plus bytes still in the pipes, read while none were in between."""
        fields = self._fields
        started = time.monotonic()
        while True:
            taken = fields[Field.TAKEN]
            standing = self._standing()
            if not fields[Field.READING] and fields[Field.TAKEN] == taken:
                return taken + standing
            if time.monotonic() - started > _PATIENCE_SECONDS:
                return taken
            time.sleep(_SHORTEST_PAUSE)


def _write_all(descriptor: int, rest: memoryview) -> None:
    """gVisor writes short where Linux would not: so a loop around every write."""
    while rest:
        rest = rest[os.write(descriptor, rest) :]
