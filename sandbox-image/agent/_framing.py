"""Frames: ``length u32 | kind u8 | stream u32 | payload``. Pure: bytes in, frames out, no I/O."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

HEADER = struct.Struct(">IBI")
MORE = 0x80
FRAME_BYTES = 65536
WORKER_FRAME_BYTES = 4096
# What `length` counts besides the payload: kind and stream.
COUNTED_HEADER = 5


class FramingError(Exception):
    """The other side broke the framing. There is no way back into step: give up the channel."""


class Frame(NamedTuple):
    """One frame, or one part of a message when `more` is set."""

    kind: int
    stream: int
    more: bool
    payload: bytes


def encode_frame(kind: int, stream: int, payload: bytes, more: bool = False) -> bytes:
    """The bytes of one frame; the caller keeps to the size limits."""
    return HEADER.pack(len(payload) + COUNTED_HEADER, kind | MORE if more else kind, stream) + payload


def encode_message(kind: int, stream: int, payload: bytes, frame_bytes: int) -> Iterator[bytes]:
    """The frames of one message, each at most `frame_bytes` long, header included."""
    room = frame_bytes - HEADER.size
    last = max(0, len(payload) - 1) // room * room
    for start in range(0, last + 1, room):
        yield encode_frame(kind, stream, payload[start : start + room], more=start < last)


class FrameReader:
    """Cuts a byte stream into frames. `limits` gives the payload limit of every kind allowed here."""

    def __init__(self, limits: Mapping[int, int], frame_bytes: int) -> None:
        self._limits = limits
        self._frame_bytes = frame_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now. A bad header raises before its payload is waited for."""
        buffer = self._buffer
        buffer += data
        start = 0
        try:
            while len(buffer) - start >= HEADER.size:
                length, kind, stream = HEADER.unpack_from(buffer, start)
                self._check(length, kind & ~MORE)
                end = start + HEADER.size - COUNTED_HEADER + length
                if len(buffer) < end:
                    return
                payload = bytes(memoryview(buffer)[start + HEADER.size : end])
                start = end
                yield Frame(kind & ~MORE, stream, bool(kind & MORE), payload)
        finally:
            del buffer[:start]

    def _check(self, length: int, kind: int) -> None:
        limit = self._limits.get(kind)
        if limit is None:
            raise FramingError(f"kind {kind} is not one that this side reads")
        if length < COUNTED_HEADER:
            raise FramingError(f"length {length} is shorter than a header")
        if length - COUNTED_HEADER > min(limit, self._frame_bytes - HEADER.size):
            raise FramingError(f"{length - COUNTED_HEADER} bytes of payload pass the limit of kind {kind}")


class Message(NamedTuple):
    """A whole message: all parts joined."""

    kind: int
    stream: int
    payload: bytes


class Assembler:
    """Joins the parts of messages. A message's limit counts all its parts."""

    def __init__(self, limits: Mapping[int, int]) -> None:
        self._limits = limits
        self._parts: dict[tuple[int, int], bytearray] = {}

    def add(self, frame: Frame) -> Message | None:
        """The message that this frame completes, if it does."""
        if frame.more and not frame.payload:
            raise FramingError(f"an empty part of kind {frame.kind}")
        key = (frame.kind, frame.stream)
        parts = self._parts.get(key)
        if parts is None:
            if not frame.more:
                return Message(frame.kind, frame.stream, frame.payload)
            parts = self._parts[key] = bytearray()
        if len(parts) + len(frame.payload) > self._limits[frame.kind]:
            raise FramingError(f"a message passes the limit of kind {frame.kind}")
        parts += frame.payload
        if frame.more:
            return None
        del self._parts[key]
        return Message(frame.kind, frame.stream, bytes(parts))
