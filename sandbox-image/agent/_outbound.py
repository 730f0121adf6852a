"""The supervisor's own frames on their way out: queued, written without blocking, then counted."""

from __future__ import annotations

import os
from collections import deque

from ._framing import FRAME_BYTES, encode_frame, encode_message
from ._page import Field, SharedPage
from ._protocol import Kind, encode_output

# More is not taken out of the capture pipes while so much waits to be written.
_HIGH_WATER = 2 * FRAME_BYTES


class Outbound:
    """Frames to the daemon on a descriptor that never blocks the supervisor."""

    def __init__(self, descriptor: int, page: SharedPage) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._page = page
        # Each frame with the captured bytes in it; -1 for frames that are not ordered.
        self._frames: deque[tuple[memoryview, int]] = deque()
        self._size = 0
        self._spoken = descriptor

    def mute(self) -> None:
        """What is sent goes nowhere until `unmute`."""
        self._spoken = self.descriptor
        self.descriptor = os.open(os.devnull, os.O_WRONLY)

    def unmute(self) -> None:
        """The daemon hears what is sent again."""
        os.close(self.descriptor)
        self.descriptor = self._spoken

    def send(self, kind: Kind, payload: bytes = b"", stream: int = 0) -> None:
        """Queues one message and writes what the pipe takes."""
        for frame in encode_message(kind, stream, payload, FRAME_BYTES):
            self._frames.append((memoryview(frame), -1))
            self._size += len(frame)
        self.flush()

    def send_captured(self, stream: int, descriptor: int, data: bytes) -> None:
        """Queues captured output. Counted as sent only when it is completely written."""
        after = self._page.fields[Field.WORKER_FRAMES]
        frame = encode_frame(Kind.CAPTURED_OUTPUT, stream, encode_output(descriptor, after, data))
        self._frames.append((memoryview(frame), len(data)))
        self._size += len(frame)
        self.flush()

    def flush(self) -> None:
        """Writes until the pipe is full or nothing is left. gVisor writes short: so a loop."""
        fields = self._page.fields
        while self._frames:
            rest, captured = self._frames[0]
            try:
                written = os.write(self.descriptor, rest)
            except BlockingIOError:
                return
            self._size -= written
            if written < len(rest):
                self._frames[0] = (rest[written:], captured)
                continue
            self._frames.popleft()
            if captured >= 0:
                fields[Field.SUPERVISOR_FRAMES] += 1
                fields[Field.SENT] += captured

    @property
    def waiting(self) -> bool:
        """Whether something is left to write."""
        return bool(self._frames)

    @property
    def has_room(self) -> bool:
        """Whether more captured output may be queued."""
        return self._size < _HIGH_WATER
