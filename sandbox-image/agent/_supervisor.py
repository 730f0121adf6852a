"""The supervisor, pid 1 of the sandbox: the only reader of the channel's stdin.

One thread, one poll loop, every descriptor non-blocking: it answers, interrupts and kills whatever
the worker does. It does not run user code and does not interpret what passes through.
"""

from __future__ import annotations

import gc
import os
import platform
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from . import VERSION, _limits, _preload, _processes, _seccomp, _worker
from ._capture import Capture, move_up
from ._certificates import write_bundle
from ._framing import FRAME_BYTES, Assembler, Frame, FrameReader, FramingError, encode_frame
from ._lanes import InwardLane
from ._network import Network, listen_beforehand
from ._outbound import Outbound
from ._page import Field, SharedPage
from ._protocol import (
    PROTOCOL,
    Kind,
    Lane,
    ProtocolError,
    Sender,
    decode_credit,
    decode_headed,
    decode_json,
    encode_after,
    encode_credit,
    encode_headed,
    encode_json,
    limits_of,
)

# Exit statuses: stderr is the channel, so the status is all that can be said.
EXIT_OK = 0
EXIT_NOT_INIT = 64
EXIT_CHANNEL_BROKEN = 65
EXIT_WORKER_LOST = 66

# The number of the run that no daemon asks for: theirs count from 1.
REHEARSAL = 0

# A worker that closed its socket is either on its way out or has closed its descriptors.
_EXIT_GRACE_MILLIS = 100

_MOST_PORTS = 16

_OF_THE_NETWORK = (Kind.NET_RECEIVE, Kind.NET_RECEIVE_END, Kind.NET_CUT, Kind.NET_CREDIT)

_READ = select.POLLIN | select.POLLHUP | select.POLLERR


def main() -> NoReturn:
    """Takes over the process and never returns."""
    try:
        _processes.insist_on_init()
    except _processes.NotInitError as error:
        os.write(2, f"{error}\n".encode())
        os._exit(EXIT_NOT_INIT)
    _limits.set_dumpable(False)
    _limits.limit_core()
    memory = _limits.memory_limit_of_environment()
    _seccomp.install_filter()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    channel_in, worker_out, channel_out = map(move_up, (0, 1, 2))
    _preload.preload()
    gc.collect()
    gc.freeze()
    os._exit(Supervisor(channel_in, worker_out, channel_out, memory).run())


class Supervisor:
    """State of the supervisor; `run` is its loop."""

    def __init__(self, channel_in: int, worker_out: int, channel_out: int, memory: int | None) -> None:
        self._channel_in = channel_in
        self._page = SharedPage()
        self._outbound = Outbound(channel_out, self._page)
        limits = limits_of(Sender.DAEMON)
        self._reader = FrameReader(limits, FRAME_BYTES)
        # One buffer for ever: gVisor maps fresh memory page by page, for every read anew.
        self._received = bytearray(FRAME_BYTES)
        self._assembler = Assembler(limits)
        self._stream = 0
        self._greeted = False
        self._warm = False
        self._active = False  # a run was sent and its end is not settled
        self._rehearsing = False  # that run is the rehearsal
        self._draining = False
        self._killed = False
        self._exit: int | None = None
        self._closed_at: float | None = None  # when the worker's end of the socket went away
        self._wakeup = self._watch_children()
        self._capture = Capture(self._page, self._outbound)
        stdin_read, stdin_write = os.pipe()
        ours, low = socket.socketpair()
        theirs = socket.socket(fileno=move_up(low.fileno()))
        low.close()
        self._worker_socket = ours
        self._worker = os.fork()
        if self._worker == 0:
            signal.set_wakeup_fd(-1)
            os.dup2(stdin_read, 0)
            self._capture.connect_worker()
            for descriptor in (channel_in, channel_out, stdin_read, stdin_write, ours.fileno(), self._wakeup):
                os.close(descriptor)
            _worker.main(_worker.Ends(worker_out, theirs, self._page, self._capture.standing), memory)
        for descriptor in (worker_out, stdin_read):
            os.close(descriptor)
        theirs.close()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        ours.setblocking(False)
        self._stdin_pipe = stdin_write
        self._to_worker: InwardLane | None = None
        self._to_stdin: InwardLane | None = None
        self._network: Network | None = None  # only in a run whose policy has rules for it
        self._opened = 0  # connections of all runs so far
        self._ports: list[int] = []  # on which to listen before the first run
        self._standing_by: dict[int, socket.socket] = {}  # listeners by port

    @staticmethod
    def _watch_children() -> int:
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        return reading

    def run(self) -> int:
        """Serves until shutdown, end of stdin or a broken channel. The exit status of the agent."""
        try:
            while self._exit is None:
                self._turn()
        except (FramingError, ProtocolError):
            self._exit = EXIT_CHANNEL_BROKEN
        except BrokenPipeError:
            self._exit = EXIT_OK
        # The kernel ends the whole sandbox with its pid 1.
        return self._exit

    def _turn(self) -> None:
        actions: dict[int, Callable[[], None]] = {}
        poll = select.poll()

        def watch(descriptor: int, events: int, action: Callable[[], None]) -> None:
            poll.register(descriptor, events)
            actions[descriptor] = action

        if not self._active:
            # Before the channel, so that what was written before a run is gone when it starts.
            for pipe in self._capture.pipes:
                watch(pipe.reading_end, _READ, pipe.discard)
        if not self._rehearsing:
            # What the daemon says would be answered into nowhere. It waits some milliseconds.
            watch(self._channel_in, _READ, self._read_channel)
        watch(self._wakeup, _READ, self._reap)
        if self._worker and self._closed_at is None:
            lane = self._to_worker
            events = _READ | (select.POLLOUT if lane is not None and lane.waiting else 0)
            watch(self._worker_socket.fileno(), events, self._serve_worker)
        if self._to_stdin is not None and self._to_stdin.waiting:
            watch(self._to_stdin.descriptor, select.POLLOUT, self._to_stdin.flush)
        if self._outbound.waiting:
            watch(self._outbound.descriptor, select.POLLOUT, self._outbound.flush)
        elif self._active:
            for pipe in self._capture.readable_now():
                watch(pipe.reading_end, _READ, pipe.take)
        if self._network is not None:
            self._network.watch(watch, not self._outbound.waiting)
        waits_for_exit = self._closed_at is not None and self._worker != 0
        for descriptor, _events in poll.poll(_EXIT_GRACE_MILLIS if waits_for_exit else None):
            actions[descriptor]()
        if waits_for_exit:
            self._end_closed_worker()
        if self._draining:
            self._drain()

    # What the daemon says

    def _read_channel(self) -> None:
        count = os.readv(self._channel_in, [self._received])
        if not count:
            self._exit = EXIT_OK
            return
        for frame in self._reader.feed(self._received[:count]):
            self._obey(frame)
            if self._exit is not None:
                return

    def _obey(self, frame: Frame) -> None:
        kind = frame.kind
        if not self._greeted and kind != Kind.HELLO:
            raise ProtocolError("the first frame is not hello")
        if kind in (Kind.RESULT, Kind.ERROR, Kind.PROGRESS):
            self._forward(frame)
        elif kind == Kind.RUN:
            self._start_run(frame)
        elif kind == Kind.CREDIT:
            self._take_credit(frame.payload)
        elif kind in _OF_THE_NETWORK:
            if self._network is not None:
                self._network.obey(frame)
        elif kind == Kind.PING:
            self._outbound.send(Kind.PONG, frame.payload)
        elif kind == Kind.STDIN:
            if self._to_stdin is not None:
                self._to_stdin.add(frame.payload)
        elif kind == Kind.STDIN_EOF:
            if self._to_stdin is not None:
                self._to_stdin.close_when_empty()
        elif kind == Kind.INTERRUPT:
            if self._active and self._worker:
                os.kill(self._worker, signal.SIGINT)
        elif kind == Kind.KILL:
            self._killed = True
            _processes.kill_everything()
        elif kind == Kind.SHUTDOWN:
            self._exit = EXIT_OK
        elif kind == Kind.HELLO:
            self._greet(frame)
        else:
            raise ProtocolError(f"{Kind(kind).name} is not served by this agent")

    def _greet(self, frame: Frame) -> None:
        message = self._assembler.add(frame)
        if message is None:
            return
        hello = decode_json(message.payload)
        if self._greeted or hello.get("protocol") != PROTOCOL:
            raise ProtocolError("this agent cannot speak with the daemon")
        self._greeted = True
        self._to_worker = InwardLane(
            os.dup(self._worker_socket.fileno()),
            _window(hello, "worker_window"),
            lambda count: self._owe(Lane.WORKER_BOUND, count),
        )
        self._to_stdin = InwardLane(
            self._stdin_pipe, _window(hello, "stdin_window"), lambda count: self._owe(Lane.STDIN, count)
        )
        if "certificates" in hello:
            error = write_bundle(_ascii(hello["certificates"], "certificates"))
            self._page.fields[Field.BUNDLE_WRITTEN] = int(not error)
            self._page.fields[Field.BUNDLE_ERROR] = error
        self._ports = _ports(hello.get("listen", []))
        features: list[str] = []
        self._outbound.send(
            Kind.AGENT_HELLO,
            encode_json(
                {
                    "protocol": PROTOCOL,
                    "agent": VERSION,
                    "python": platform.python_version(),
                    "features": features,
                }
            ),
        )
        self._say_ready()

    def _owe(self, lane: Lane, count: int) -> None:
        self._outbound.send(Kind.AGENT_CREDIT, encode_credit(lane, count))

    def _start_run(self, frame: Frame) -> None:
        """Forwards the run; its header is read here too, for the windows and fd 0."""
        if self._active or not self._warm:
            raise ProtocolError("a run while another one is active")
        message = self._assembler.add(frame)
        if message is not None:
            header, _source = decode_headed(message.payload)
            window = _window(header.get("limits", {}), "output_window")
            self._stream = frame.stream
            self._capture.start_run(frame.stream, window)
            self._page.start_run(window)
            self._active = True
            # First of all: while the worker wakes up there is time for the rest.
            self._forward(frame)
            self._open_network(header.get("network"))
            if not header.get("stdin") and self._to_stdin is not None:
                self._to_stdin.close_when_empty()
            return
        self._forward(frame)

    def _open_network(self, fields: Any) -> None:
        """The program waits for this: it finds what its run has, and nothing else."""
        standing_by, self._standing_by = self._standing_by, {}
        if fields is not None:
            self._network = Network(fields, self._outbound.send, self._opened, standing_by)
        else:
            for listener in standing_by.values():
                listener.close()
        self._page.fields[Field.NETWORK_SETTLED] = 1

    def _forward(self, frame: Frame) -> None:
        assert self._to_worker is not None
        self._to_worker.add(encode_frame(frame.kind, frame.stream, frame.payload, frame.more))

    def _take_credit(self, payload: bytes) -> None:
        lane, count = decode_credit(payload)
        if lane is Lane.WORKER_OUTPUT:
            self._page.fields[Field.GRANTED] += count
        elif lane is Lane.SUPERVISOR_OUTPUT:
            self._capture.credit += count
        else:
            raise ProtocolError(f"credit for lane {lane} comes from the agent")

    # What the worker does

    def _serve_worker(self) -> None:
        if self._to_worker is not None:
            self._to_worker.flush()
        try:
            data = self._worker_socket.recv(64)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._closed_at = time.monotonic()
        if _worker.WARM in data:
            self._rehearse()
        if _worker.RUN_ENDED in data and self._active:
            self._begin_to_drain()

    def _rehearse(self) -> None:
        """Has the worker run a program for nobody, and does all that a run asks of the supervisor.

        What is done for the first time is slow: memory that both share since the fork is copied
        when it is first touched. The first real run finds that done. Nothing of it reaches the
        daemon, and no lane counts it.
        """
        self._rehearsing = True
        self._outbound.mute()
        self._stream = REHEARSAL
        self._capture.start_run(REHEARSAL, FRAME_BYTES)
        self._page.start_run(FRAME_BYTES)
        self._active = True
        limits = {"in_flight": 1, "argument_bytes": 1024, "value_bytes": 1024, "repr_bytes": 1024}
        names = {"file_name": "<rehearsal>", "arguments": [], "environment": {}, "servers": []}
        header = {**names, "stdin": True, "limits": {**limits, "output_window": FRAME_BYTES}}
        frame = encode_frame(Kind.RUN, REHEARSAL, encode_headed(header, _worker.REHEARSED))
        for parsed in FrameReader(limits_of(Sender.DAEMON), FRAME_BYTES).feed(frame):
            decode_headed(parsed.payload)
        self._worker_socket.send(frame)
        self._open_network(None)

    def _rehearsed(self) -> None:
        self._rehearsing = False
        self._outbound.unmute()
        self._stream = 0
        self._warm = True
        self._say_ready()

    def _say_ready(self) -> None:
        if self._greeted and self._warm:
            self._standing_by = listen_beforehand(self._ports)
            self._outbound.send(Kind.READY, encode_json({}))

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wakeup, 4096)
        status = _processes.reap_orphans(self._worker)
        if status is not None:
            broken = self._page.fields[Field.CHANNEL_BROKEN]
            self._report_exit(status, "killed" if self._killed else "channel_closed" if broken else "exit")

    def _end_closed_worker(self) -> None:
        """Ends a worker that closed its descriptors and has not exited since."""
        late = time.monotonic() - (self._closed_at or 0) >= _EXIT_GRACE_MILLIS / 1000
        if not late or not self._worker:
            return
        with suppress(OSError):
            os.kill(self._worker, signal.SIGKILL)
            _pid, status = os.waitpid(self._worker, 0)
            self._report_exit(status, "killed" if self._killed else "channel_closed")

    def _report_exit(self, status: int, cause: str) -> None:
        self._worker = 0
        self._warm = False
        if self._stream == REHEARSAL:
            # Nothing that a run did: this sandbox is of no use.
            self._exit = EXIT_WORKER_LOST
            return
        # What the worker said of the run stands, even if this word would arrive before that one.
        if not self._page.fields[Field.ENDED]:
            code = os.waitstatus_to_exitcode(status)
            how = {"exit_code": code} if code >= 0 else {"signal": -code}
            self._outbound.send(Kind.WORKER_EXITED, encode_json({**how, "cause": cause}), self._stream)
        if self._active:
            self._begin_to_drain()
        else:
            # After the run was drained, perhaps before the worker could say how it ended.
            self._exit = EXIT_WORKER_LOST

    # The end of a run

    def _begin_to_drain(self) -> None:
        """Ends what the run left behind. Then the pipes hold all that will ever be in them."""
        if self._network is not None:
            self._network.close()
            self._opened = self._network.opened
            self._network = None
        if self._worker == 0 or not _processes.kill_others(spare=self._worker):
            _processes.kill_everything()
        if not self._draining:
            self._draining = True
            self._capture.bound_what_is_left()

    def _drain(self) -> None:
        if self._capture.is_empty and not self._outbound.waiting:
            self._draining = False
            self._active = False
            after = self._page.fields[Field.WORKER_FRAMES]
            self._outbound.send(Kind.DRAINED, encode_after(after), self._stream)
            if self._rehearsing:
                self._rehearsed()


def _ports(value: object) -> list[int]:
    """What `hello` may say of ports: some, each once."""
    if not isinstance(value, list) or len(value) > _MOST_PORTS or len(set(map(str, value))) < len(value):
        raise ProtocolError(f"listen is not a list of at most {_MOST_PORTS} different ports")
    for port in value:
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise ProtocolError("listen has something that is not a port")
    return value


def _window(fields: object, name: str) -> int:
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ProtocolError(f"{name} is not a number of bytes")
    return value


def _ascii(value: object, name: str) -> bytes:
    if not isinstance(value, str) or not value.isascii():
        raise ProtocolError(f"{name} is not text in ASCII")
    return value.encode()
