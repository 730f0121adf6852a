"""Requests of the daemon's about files of the workspace, carried out in the supervisor's loop.

Each request is a generator that does one small piece of its work between two yields, so that a huge
file or directory holds up nothing else. It yields whether it can go on at once; else it waits for the
daemon: for credit, or for bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from ._file_request import FileRequest, Steps
from ._file_work import delete, list_folder, make_folder, read, stat_name, write
from ._framing import Frame
from ._network import Send
from ._paths import FileError, error_of
from ._protocol import Kind, ProtocolError, decode_file_credit, decode_json, encode_json

OF_FILES = frozenset(kind for kind in Kind if Kind.FILE_LIST <= kind <= Kind.FILE_CANCEL)

AT_ONCE = 8


class Files:
    """All requests that are open."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._last = 0
        self._open: dict[int, FileRequest] = {}
        self._turns: deque[FileRequest] = deque()

    @property
    def has_work(self) -> bool:
        """Whether a step can be done now."""
        return any(not request.waits for request in self._turns)

    def step(self) -> None:
        """One piece of one request, each in its turn. Only when nothing waits to be written."""
        for _ in range(len(self._turns)):
            request = self._turns.popleft()
            if request.waits:
                self._turns.append(request)
                continue
            if self._advance(request):
                self._turns.append(request)
            return

    def obey(self, frame: Frame) -> None:
        """One frame of the daemon's."""
        if frame.more:
            raise ProtocolError("a request about a file comes in parts")
        if frame.kind in _WORK:
            self._begin(frame)
            return
        request = self._open.get(frame.stream)
        if request is None:
            if frame.stream > self._last:
                raise ProtocolError(f"file request {frame.stream} was never made")
            return  # it was answered while the frame was on its way
        if frame.kind == Kind.FILE_PUT:
            request.put(frame.payload)
        elif frame.kind == Kind.FILE_PUT_END:
            request.end()
        elif frame.kind == Kind.FILE_CREDIT:
            request.grant(decode_file_credit(frame.payload))
        else:
            request.cancel()

    def _begin(self, frame: Frame) -> None:
        if frame.stream <= self._last or len(self._open) >= AT_ONCE:
            raise ProtocolError(f"file request {frame.stream} after {self._last}, {len(self._open)} open")
        self._last = frame.stream
        request = FileRequest(frame.stream, decode_json(frame.payload), self._send)
        request.steps = _WORK[Kind(frame.kind)](request)
        self._open[frame.stream] = request
        self._turns.append(request)

    def _advance(self, request: FileRequest) -> bool:
        """False when the request was answered."""
        try:
            if request.cancelled:
                request.steps.close()
                raise FileError("cancelled")
            request.waits = not next(request.steps)
            return True
        except StopIteration:
            pass
        except FileError as error:
            self._send(Kind.FILE_ERROR, encode_json(error.fields()), request.number)
        except OSError as error:
            self._send(Kind.FILE_ERROR, encode_json(error_of(error).fields()), request.number)
        del self._open[request.number]
        return False


_WORK: Mapping[Kind, Callable[[FileRequest], Steps]] = {
    Kind.FILE_LIST: list_folder,
    Kind.FILE_STAT: stat_name,
    Kind.FILE_READ: read,
    Kind.FILE_WRITE: write,
    Kind.FILE_DELETE: delete,
    Kind.FILE_MKDIR: make_folder,
}
