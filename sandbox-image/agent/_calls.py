"""Calls out of the sandbox: many at once, answered in any order.

Threads: the thread that waits reads the socket itself (one leads, the others sleep until their
answer is there or the lead is theirs), so a call costs no thread switch. Where an event loop runs,
the loop watches the socket too. No thread of our own exists.
"""

from __future__ import annotations

import asyncio
import math
import select
import socket
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ._framing import FRAME_BYTES, Assembler, FrameReader, FramingError, Message
from ._interrupts import Interrupts
from ._protocol import Kind, Sender, decode_headed, decode_json, encode_headed, limits_of
from ._wire import ForkedChildError, Wire

# Below what the allocator maps anew each time, which costs several page faults.
_RECEIVE_BYTES = 64 * 1024


_OVER = ("unavailable", "the run is over, and nobody answers a call of its threads any more")


class ChannelClosedError(Exception):
    """The supervisor is gone."""


class Call:
    """One call and, once it is there, its answer."""

    def __init__(self, header: Mapping[str, Any], bulk: bytes) -> None:
        self.header = header
        self.bulk = bulk
        self.number = 0  # 0 until it is sent
        self.is_done = False
        self.is_dropped = False
        self.shape = ""
        self.body = b""
        self.error: tuple[str, str] | None = None  # reason and message
        self.wake: threading.Event | None = None
        self.waiters: list[tuple[asyncio.AbstractEventLoop, int, asyncio.Future[None]]] = []


class Calls:
    """The calls of the current run."""

    def __init__(self, wire: Wire, channel: socket.socket, interrupts: Interrupts) -> None:
        self._wire = wire
        self._channel = channel
        self._interrupts = interrupts
        limits = limits_of(Sender.DAEMON)
        self._reader = FrameReader(limits, FRAME_BYTES)
        self._assembler = Assembler(limits)
        self._poll = select.poll()
        self._poll.register(channel.fileno(), select.POLLIN)
        self._leading = threading.Lock()
        self._lock = threading.Lock()
        self._open: dict[int, Call] = {}
        self._queue: deque[Call] = deque()
        self._followers: list[Call] = []
        self._watching: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self._runs: deque[Message] = deque()
        self._is_open = False
        self._count = 0
        self._in_flight = 1

    # Runs

    def wait_for_run(self) -> Message:
        """The next run. Answers that come before it belong to calls of an earlier run.

        A thread that an earlier run left behind may be the one that receives it.
        """
        while True:
            with self._leading:
                if not self._runs:
                    self._deal(flags=0)
                if self._runs:
                    return self._runs.popleft()

    def begin_run(self, in_flight: int, first_call: int) -> None:
        """Numbers go on over the runs of a sandbox: an answer that is late is not another call's."""
        self._open.clear()
        self._queue.clear()
        self._count = first_call - 1
        self._is_open = True
        self._in_flight = max(1, in_flight)

    def end_run(self) -> None:
        """Calls that are left, and those that threads still make, fail: nobody would answer."""
        with self._interrupts, self._lock:
            self._is_open = False
            left = [*self._open.values(), *self._queue]
            self._open.clear()
            self._queue.clear()
            for call in left:
                call.error = _OVER
                call.is_done = True
        for call in left:
            self._wake(call)

    # Calls

    def start(self, header: Mapping[str, Any], bulk: bytes = b"") -> Call:
        """Sends the call at once, or as soon as a place is free."""
        call = Call(header, bulk)
        try:
            self._begin(call)
        except BaseException:  # an interrupt comes when the call is on its way
            self.drop(call)
            raise
        with suppress(RuntimeError):
            self._watch(asyncio.get_running_loop())
        return call

    def ask(self, header: Mapping[str, Any], bulk: bytes = b"", deadline: float | None = None) -> Call:
        """Sends the call and blocks this thread until it is answered, or dropped at the deadline."""
        call = Call(header, bulk)
        try:
            self._begin(call)
            self.wait(call, deadline)
            if not call.is_done:
                self.drop(call)
        except BaseException:
            self.drop(call)
            raise
        return call

    def _begin(self, call: Call) -> None:
        if self._wire.is_forked_child:
            raise ForkedChildError
        with self._interrupts, self._lock:
            if not self._is_open:
                call.error = _OVER
                call.is_done = True
            elif len(self._open) < self._in_flight:
                self._send(call)
            else:
                self._queue.append(call)

    def wait(self, call: Call, deadline: float | None = None) -> None:
        """Blocks this thread until the call is answered, or until then (of the monotonic clock)."""
        try:
            while not call.is_done:
                if self._leading.acquire(blocking=False):
                    try:
                        self._lead(call, deadline)
                    finally:
                        self._leading.release()
                else:
                    self._follow(call, deadline)
                if deadline is not None and time.monotonic() >= deadline:
                    return
        finally:
            self._promote()

    def future(self, call: Call) -> asyncio.Future[None]:
        """A future of the running loop that is done when the call is answered."""
        loop = asyncio.get_running_loop()
        self._watch(loop)
        future: asyncio.Future[None] = loop.create_future()
        with self._interrupts, self._lock:
            if call.is_done:
                future.set_result(None)
            else:
                call.waiters.append((loop, threading.get_ident(), future))
        return future

    def drop(self, call: Call) -> None:
        """Nobody waits for this call any more; the daemon is told."""
        with self._interrupts, self._lock:
            if call.is_done or call.is_dropped:
                return
            call.is_dropped = True
            if call.number:
                # It keeps its place until it is answered: the daemon counts it as well.
                self._wire.message(Kind.CALL_CANCEL, call.number)
            else:
                with suppress(ValueError):
                    self._queue.remove(call)

    def _send(self, call: Call) -> None:
        """Under the lock, so that numbers leave in their order."""
        self._count += 1
        call.number = self._count
        self._open[call.number] = call
        self._wire.message(Kind.CALL, call.number, encode_headed(call.header, call.bulk))
        call.bulk = b""

    # Answers

    def _lead(self, call: Call, deadline: float | None) -> None:
        while not call.is_done:
            # Interruptible here, and not between taking bytes and dealing them out.
            self._poll.poll(None if deadline is None else _millis_until(deadline))
            with self._interrupts:
                # At the deadline too: what stands in the socket came in time, however late this thread looks.
                self._deal()
            if deadline is not None and time.monotonic() >= deadline:
                return

    def _follow(self, call: Call, deadline: float | None) -> None:
        wake = call.wake = threading.Event()
        self._followers.append(call)
        try:
            # The leader may have left, or answered this call, before it could see this follower.
            if call.is_done or not self._leading.locked():
                return
            wake.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        finally:
            self._followers.remove(call)

    def _promote(self) -> None:
        """Wakes one who waits, to lead."""
        for follower in list(self._followers):
            if not follower.is_done and follower.wake is not None:
                follower.wake.set()
                return

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop not in self._watching:
            self._watching.add(loop)
            loop.add_reader(self._channel.fileno(), self._readable)

    def _readable(self) -> None:
        """In an event loop: takes what is there, unless another thread is leading."""
        if not self._leading.acquire(blocking=False):
            return
        try:
            with self._interrupts:
                self._deal()
        finally:
            self._leading.release()
            self._promote()

    def _deal(self, flags: int = socket.MSG_DONTWAIT) -> None:
        for message in self._receive(flags):
            if message.kind == Kind.RUN:
                self._runs.append(message)
            else:
                self._answer(message)

    def _receive(self, flags: int) -> list[Message]:
        try:
            data = self._channel.recv(_RECEIVE_BYTES, flags)
        except BlockingIOError:
            return []
        if not data:
            raise ChannelClosedError
        whole = map(self._assembler.add, self._reader.feed(data))
        return [message for message in whole if message is not None]

    def _answer(self, message: Message) -> None:
        if message.kind == Kind.PROGRESS:
            return
        with self._lock:
            call = self._open.pop(message.stream, None)
            if call is None:
                return
            if message.kind == Kind.RESULT:
                header, call.body = decode_headed(message.payload)
                call.shape = str(header.get("shape", "value"))
            elif message.kind == Kind.ERROR:
                error = decode_json(message.payload)
                call.error = (str(error.get("reason", "tool_error")), str(error.get("message", "")))
            else:
                raise FramingError(f"kind {message.kind} is no answer")
            call.is_done = True
            if self._queue:
                self._send(self._queue.popleft())
        self._wake(call)

    @staticmethod
    def _wake(call: Call) -> None:
        if call.wake is not None:
            call.wake.set()
        for loop, thread, future in call.waiters:
            if thread == threading.get_ident():
                _finish(future)
            else:
                with suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(_finish, future)


def _millis_until(deadline: float) -> int:
    return max(0, math.ceil((deadline - time.monotonic()) * 1000))


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        with suppress(RuntimeError):  # its loop is closed
            future.set_result(None)
