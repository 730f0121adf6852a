"""One request about a file: what it asks for, and the bytes on their way."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Mapping
from typing import Any

from ._network import Send
from ._paths import components_of, describe
from ._protocol import Kind, ProtocolError, encode_file_credit, encode_json

# Of work on a request: after each whether it can go on at once.
Steps = Generator[bool, None, None]


class FileRequest:
    """Holds what is between the daemon's frames and the work on a request."""

    def __init__(self, number: int, header: Mapping[str, Any], send: Send) -> None:
        self.number = number
        self.parts = components_of(header.get("path"))
        self._header = header
        self._send = send
        self.steps: Steps = _nothing()
        self.waits = False
        self.cancelled = False
        self.credit = 0
        self.window = self.count("window") if "window" in header else 0
        self.arrived: deque[bytes] = deque()
        self.ended = False
        self._held = 0

    def count(self, name: str) -> int:
        """A number of the request's."""
        value = self._header.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ProtocolError(f"{name} is not a number")
        return value

    def flag(self, name: str) -> bool:
        """A yes or no of the request's."""
        return bool(self._header.get(name))

    def text(self, name: str) -> str:
        """A text of the request's, empty when there is none."""
        value = self._header.get(name, "")
        if not isinstance(value, str):
            raise ProtocolError(f"{name} is not text")
        return value

    @property
    def name(self) -> bytes:
        """The last part of the path, for what the workspace itself cannot be."""
        if not self.parts:
            raise ProtocolError("the workspace itself")
        return self.parts[-1]

    def put(self, data: bytes) -> None:
        """Bytes for the file."""
        self._held += len(data)
        if self._held > self.window or self.ended:
            raise ProtocolError(f"{len(data)} bytes pass the window of file request {self.number}")
        self.arrived.append(data)
        self.waits = False

    def taken(self, count: int) -> None:
        """Bytes are in the file: there is room for others."""
        self._held -= count
        self._send(Kind.FILE_AGENT_CREDIT, encode_file_credit(count), self.number)

    def end(self) -> None:
        """No more bytes for the file."""
        self.ended = True
        self.waits = False

    def grant(self, count: int) -> None:
        """The daemon takes more."""
        self.credit += count
        self.waits = False

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self.cancelled = True
        self.waits = False

    def data(self, data: bytes) -> None:
        """Bytes of the file."""
        self.credit -= len(data)
        self._send(Kind.FILE_DATA, data, self.number)

    def found(self, info: os.stat_result) -> None:
        """What was opened."""
        self._send(Kind.FILE_FOUND, encode_json({"entry": self.entry(info)}), self.number)

    def done(self, **fields: Any) -> None:
        """The answer."""
        self._send(Kind.FILE_DONE, encode_json(fields), self.number)

    def entry(self, info: os.stat_result) -> dict[str, Any]:
        """The one that the request names."""
        return describe(self.parts[-1].decode() if self.parts else "", info)


def _nothing() -> Steps:
    yield from ()
