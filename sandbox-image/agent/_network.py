"""The sandbox's only way out: listeners on loopback whose connections travel to the daemon.

A forwarder and nothing more. It parses no byte and knows no rule: what a connection may do is
decided in the daemon, where the code in here cannot reach. Runs within the supervisor's loop, so
nothing blocks.
"""

from __future__ import annotations

import select
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from ._framing import FRAME_BYTES, HEADER, Frame
from ._protocol import Kind, ProtocolError, decode_net_credit, encode_json, encode_net_credit

LOOPBACK = "127.0.0.1"
# The entrances and their fields in the header of a run. The daemon tells them apart by name.
ENTRANCES = ("http", "socks", "direct", "ask")

_BACKLOG = 256
_PIECE = FRAME_BYTES - HEADER.size
_RESET = struct.pack("ii", 1, 0)


class Send(Protocol):
    """Queues one message for the daemon."""

    def __call__(self, kind: Kind, payload: bytes = b"", stream: int = 0) -> None: ...


Watch = Callable[[int, int, Callable[[], None]], None]


class Network:
    """The listeners and connections of one run."""

    def __init__(
        self, fields: Mapping[str, Any], send: Send, opened: int, standing_by: Mapping[int, socket.socket]
    ) -> None:
        """`opened` is how many connections earlier runs have had: numbers go on from there.

        `standing_by` are listeners by port, none of which the caller keeps.
        """
        self._send = send
        self._window = _count(fields, "window")
        self._most = _count(fields, "connections")
        self.opened = opened
        self._connections: dict[int, _Connection] = {}
        ports = {name: _count(fields, f"{name}_port") for name in ENTRANCES}
        for port in standing_by.keys() - set(ports.values()):
            standing_by[port].close()
        self._listeners = {name: standing_by.get(port) or _listen(port) for name, port in ports.items()}

    def watch(self, watch: Watch, may_read: bool) -> None:
        """Says which descriptors matter now. Without `may_read` nothing new is taken in."""
        if may_read and len(self._connections) < self._most:
            for entrance, listener in self._listeners.items():
                watch(listener.fileno(), select.POLLIN, partial(self._accept, entrance, listener))
        for connection in self._connections.values():
            events = select.POLLIN if may_read and connection.wants_input else 0
            events |= select.POLLOUT if connection.waiting else 0
            # One that is watched for nothing would still report a hang-up, without end.
            if events:
                watch(connection.descriptor, events, connection.move)

    def obey(self, frame: Frame) -> None:
        """One frame of the daemon's about one connection."""
        connection = self._connections.get(frame.stream)
        if connection is None:
            if frame.stream > self.opened:
                raise ProtocolError(f"connection {frame.stream} was never opened")
            return  # it was closed here while the frame was on its way
        if frame.kind == Kind.NET_RECEIVE:
            connection.receive(frame.payload)
        elif frame.kind == Kind.NET_RECEIVE_END:
            connection.end_receiving()
        elif frame.kind == Kind.NET_CREDIT:
            connection.credit += decode_net_credit(frame.payload)
        else:
            connection.reset()

    def close(self) -> None:
        """The run is over: nothing listens any more and every connection is cut, without a word."""
        for listener in self._listeners.values():
            listener.close()
        for connection in self._connections.values():
            connection.abandon()
        self._connections.clear()

    def _accept(self, entrance: str, listener: socket.socket) -> None:
        try:
            accepted, peer = listener.accept()
        except OSError:
            return  # it went away again, or no descriptor is left: the next turn tries once more
        self.opened += 1
        number = self.opened
        self._connections[number] = _Connection(number, accepted, self._window, self._send, self._forget)
        self._send(Kind.NET_OPEN, encode_json({"entrance": entrance, "source": peer[1]}), number)

    def _forget(self, number: int) -> None:
        del self._connections[number]
        self._send(Kind.NET_CLOSED, b"", number)


class _Connection:
    """One connection between code in the sandbox and the daemon."""

    def __init__(
        self, number: int, accepted: socket.socket, window: int, send: Send, forget: Callable[[int], None]
    ) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._number = number
        self._socket = accepted
        self._window = window
        self._send = send
        self._forget = forget
        self.descriptor = accepted.fileno()
        self.credit = window  # what may be sent to the daemon
        self._input_ended = False
        self.waiting: deque[memoryview] = deque()
        self._held = 0  # taken from the daemon and not given back as credit
        self._passed = 0
        self._output_ending = False
        self._is_open = True

    @property
    def wants_input(self) -> bool:
        """Whether the code's bytes may be taken."""
        return not self._input_ended and self.credit > 0

    def move(self) -> None:
        """The descriptor is ready for something, unless it was closed earlier in the same turn."""
        if self._is_open:
            self._flush()
        if self._is_open and self.wants_input:
            self._take()

    def receive(self, data: bytes) -> None:
        """Bytes for the code."""
        self._held += len(data)
        if self._held > self._window:
            raise ProtocolError(f"{len(data)} bytes pass the window of connection {self._number}")
        self.waiting.append(memoryview(data))
        self._flush()

    def end_receiving(self) -> None:
        """The code reads the end after what is queued."""
        self._output_ending = True
        self._flush()

    def reset(self) -> None:
        """Cut by the daemon."""
        self.abandon()
        self._forget(self._number)

    def abandon(self) -> None:
        """Closes at once; the code sees a reset."""
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._socket.close()

    def _take(self) -> None:
        try:
            data = self._socket.recv(min(_PIECE, self.credit))
        except BlockingIOError:
            return
        except OSError:
            self.reset()
            return
        if data:
            self.credit -= len(data)
            self._send(Kind.NET_SEND, data, self._number)
        else:
            self._input_ended = True
            self._send(Kind.NET_SEND_END, b"", self._number)
            self._end_if_over()

    def _flush(self) -> None:
        while self.waiting:
            chunk = self.waiting[0]
            try:
                written = self._socket.send(chunk)
            except BlockingIOError:
                return
            except OSError:
                self.reset()
                return
            self._pass_on(written)
            if written < len(chunk):
                self.waiting[0] = chunk[written:]
            else:
                self.waiting.popleft()
        if self._output_ending and self._is_open:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self._end_if_over()

    def _pass_on(self, count: int) -> None:
        self._passed += count
        if self._passed >= self._window // 4:
            self._held -= self._passed
            owed, self._passed = self._passed, 0
            self._send(Kind.NET_AGENT_CREDIT, encode_net_credit(owed), self._number)

    def _end_if_over(self) -> None:
        if self._is_open and self._input_ended and self._output_ending and not self.waiting:
            self._is_open = False
            self._socket.close()
            self._forget(self._number)


def listen_beforehand(ports: Sequence[int]) -> dict[int, socket.socket]:
    """Listeners by port for a run to come, made while nobody waits: that is slow.

    One more is made and thrown away, because the end of one is slow the first time too.
    """
    _listen(0).close()
    return {port: _listen(port) for port in ports}


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    listener.listen(_BACKLOG)
    return listener


def _count(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ProtocolError(f"network.{name} is not a positive number")
    return value
