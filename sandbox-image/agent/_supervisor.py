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
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from . import VERSION, _limits, _preload, _processes, _seccomp, _worker
from ._capture import Capture, move_up
from ._certificates import write_bundle
from ._files import OF_FILES, Files
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
from ._worker_process import EXIT_GRACE_MILLIS, WorkerProcess

# Exit statuses: stderr is the channel, so the status is all that can be said.
EXIT_OK = 0
EXIT_NOT_INIT = 64
EXIT_CHANNEL_BROKEN = 65
EXIT_WORKER_LOST = 66
EXIT_NOT_WARM = 67

# The number of the run that no daemon asks for: theirs count from 1.
REHEARSAL = 0

_MOST_PORTS = 16

# What the code has of its memory however much the image's own imports have taken: enough to say why it ends.
_LEAST_MEMORY = 16 * 1024 * 1024

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
    _let_go_of_standard_streams()
    _preload.preload()
    try:
        taken = _preload.warm()
    except _preload.WarmingError as error:
        os.write(channel_out, f"{error}\n".encode())
        os._exit(EXIT_NOT_WARM)
    gc.collect()
    gc.freeze()
    if memory is not None:
        memory = max(_LEAST_MEMORY, memory - taken)
    os._exit(Supervisor(channel_in, worker_out, channel_out, memory).run())


def _let_go_of_standard_streams() -> None:
    """They are the channel, and a library that warns as it is imported would write into it."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


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
        self._prepared = False  # the worker waits for its rehearsal
        self._rehearsing = False  # that run is the rehearsal
        self._draining = False
        self._killed = False  # the worker is on its way out
        self._exit: int | None = None
        self._kept = False  # the sandbox is a session's: its worker outlives runs, and is replaced
        self._used = False  # a run was started; without `_kept` there is no other
        self._lost: dict[str, Any] | None = None  # how a worker ended between two runs
        self._resetting = False
        self._run: list[Frame] = []  # the frames of a run so far
        self._wakeup = self._watch_children()
        self._capture = Capture(self._page, self._outbound)
        self._worker_needs = (worker_out, self._page, self._capture, memory)
        self._worker = WorkerProcess(*self._worker_needs)
        self._to_worker: InwardLane | None = None
        self._to_stdin: InwardLane | None = None
        self._network: Network | None = None  # only in a run whose policy has rules for it
        self._files = Files(self._outbound.send)
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
        if self._hears:
            watch(self._channel_in, _READ, self._read_channel)
        watch(self._wakeup, _READ, self._reap)
        if self._worker.is_alive and self._worker.closed_at is None:
            lane = self._to_worker
            events = _READ | (select.POLLOUT if lane is not None and lane.waiting else 0)
            watch(self._worker.socket.fileno(), events, self._serve_worker)
        if self._to_stdin is not None and self._to_stdin.waiting:
            watch(self._to_stdin.descriptor, select.POLLOUT, self._to_stdin.flush)
        if self._outbound.waiting:
            watch(self._outbound.descriptor, select.POLLOUT, self._outbound.flush)
        elif self._active:
            for pipe in self._capture.readable_now():
                watch(pipe.reading_end, _READ, pipe.take)
        if self._network is not None:
            self._network.watch(watch, not self._outbound.waiting)
        waits_for_exit = self._worker.closed_at is not None and self._worker.is_alive
        files = self._may_do_files and self._files.has_work
        for descriptor, _events in poll.poll(0 if files else EXIT_GRACE_MILLIS if waits_for_exit else None):
            actions[descriptor]()
        if files and self._may_do_files:
            self._files.step()
        if waits_for_exit:
            self._end_closed_worker()
        if self._draining:
            self._drain()
        if self._prepared and not self._outbound.waiting:
            self._prepared = False
            self._rehearse()

    @property
    def _hears(self) -> bool:
        """Whether the daemon is listened to. While a worker warms up it waits some milliseconds.

        What was answered in a rehearsal would go nowhere, and a run has nobody to go to.
        """
        return not self._rehearsing and (self._warm or self._active or not self._kept)

    @property
    def _may_do_files(self) -> bool:
        """Whether what a request about files says would be heard, and at once.

        After `kill` the worker's threads may go on for a moment: what is asked then is asked of the
        files that it has left.
        """
        return not (self._outbound.waiting or self._prepared or self._rehearsing or self._killed)

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
        self._notice_end()
        if not self._greeted and kind != Kind.HELLO:
            raise ProtocolError("the first frame is not hello")
        if kind in (Kind.RESULT, Kind.ERROR, Kind.PROGRESS):
            self._forward(frame)
        elif kind == Kind.RUN:
            self._take_run(frame)
        elif kind == Kind.CREDIT:
            self._take_credit(frame)
        elif kind in _OF_THE_NETWORK:
            if self._network is not None:
                self._network.obey(frame)
        elif kind in OF_FILES:
            self._files.obey(frame)
        elif kind == Kind.PING:
            self._outbound.send(Kind.PONG, frame.payload)
        elif kind == Kind.STDIN:
            self._take_stdin(frame)
        elif kind == Kind.STDIN_EOF:
            if self._to_stdin is not None and self._is_of_this_run(frame):
                self._to_stdin.close_when_empty()
        elif kind == Kind.INTERRUPT:
            if self._is_of_this_run(frame) and self._worker.is_alive:
                # First the note: the signal may overtake the run, and then only the note tells of it.
                self._page.fields[Field.INTERRUPTED] = 1
                os.kill(self._worker.pid, signal.SIGINT)
        elif kind == Kind.KILL:
            if not self._kept or self._is_of_this_run(frame):
                self._killed = self._worker.is_alive
                _processes.kill_everything()
        elif kind == Kind.RESET:
            self._reset()
        elif kind == Kind.SHUTDOWN:
            self._exit = EXIT_OK
        elif kind == Kind.HELLO:
            self._greet(frame)
        else:
            raise ProtocolError(f"{Kind(kind).name} is not served by this agent")

    def _is_of_this_run(self, frame: Frame) -> bool:
        """What was sent for a run may arrive after its end, and is not the next one's."""
        return self._active and frame.stream == self._stream

    def _take_stdin(self, frame: Frame) -> None:
        if self._to_stdin is not None:
            if self._is_of_this_run(frame):
                self._to_stdin.add(frame.payload)
            else:
                self._to_stdin.drop(len(frame.payload))

    def _greet(self, frame: Frame) -> None:
        message = self._assembler.add(frame)
        if message is None:
            return
        hello = decode_json(message.payload)
        if self._greeted or hello.get("protocol") != PROTOCOL:
            raise ProtocolError("this agent cannot speak with the daemon")
        self._greeted = True
        self._to_worker = InwardLane(
            os.dup(self._worker.socket.fileno()),
            _window(hello, "worker_window"),
            lambda count: self._owe(Lane.WORKER_BOUND, count),
        )
        self._to_stdin = InwardLane(
            self._worker.stdin, _window(hello, "stdin_window"), lambda count: self._owe(Lane.STDIN, count)
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

    def _take_run(self, frame: Frame) -> None:
        """Starts the run once it is whole: half a run is of no use to a worker, or to the next."""
        if self._active or not self._warm:
            raise ProtocolError("a run while another one is active")
        self._run.append(frame)
        message = self._assembler.add(frame)
        if message is not None:
            header, _source = decode_headed(message.payload)
            frames, self._run = self._run, []
            self._start_run(frame.stream, header, frames)

    def _start_run(self, stream: int, header: dict[str, Any], frames: list[Frame]) -> None:
        """Forwards the run; its header is read here too, for the windows and fd 0."""
        window = _window(header.get("limits", {}), "output_window")
        self._stream = stream
        self._capture.start_run(stream, window)
        self._page.start_run(window)
        self._active = True
        self._kept = bool(header.get("keep"))
        self._used = True
        stdin = self._to_stdin
        assert stdin is not None
        if header.get("stdin") and not self._worker.is_fresh:
            stdin.reopen(self._worker.replace_stdin())
        self._worker.is_fresh = False
        network = header.get("network")
        if network is None and not self._standing_by:
            # In all runs of a session but the first: the worker need not wait for what takes no time.
            self._page.fields[Field.NETWORK_SETTLED] = 1
        # First of all: while the worker wakes up there is time for the rest.
        for frame in frames:
            self._forward(frame)
        self._open_network(network)
        if not header.get("stdin"):
            stdin.close_when_empty()

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

    def _take_credit(self, frame: Frame) -> None:
        lane, count = decode_credit(frame.payload)
        if lane in (Lane.WORKER_OUTPUT, Lane.SUPERVISOR_OUTPUT) and not self._is_of_this_run(frame):
            return  # A new run has a new window: with this on top of it, its output would pass it.
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
        data = self._worker.said()
        if _worker.WARM in data:
            self._prepared = True
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
        self._worker.socket.send(frame)
        self._open_network(None)

    def _rehearsed(self) -> None:
        self._rehearsing = False
        self._outbound.unmute()
        self._stream = 0
        self._warm = True
        if self._lost is not None:
            lost, self._lost = self._lost, None
            self._outbound.send(Kind.WORKER_REPLACED, encode_json(lost))
        elif not self._kept or self._resetting:
            self._resetting = False
            self._say_ready()

    def _say_ready(self) -> None:
        if self._greeted and self._warm:
            self._standing_by = listen_beforehand(self._ports)
            self._outbound.send(Kind.READY, encode_json({}))

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wakeup, 4096)
        status = _processes.reap_orphans(self._worker.pid)
        if status is not None:
            broken = self._page.fields[Field.CHANNEL_BROKEN]
            self._take_exit(status, "killed" if self._killed else "channel_closed" if broken else "exit")

    def _end_closed_worker(self) -> None:
        """Ends a worker that closed its descriptors and has not exited since."""
        status = self._worker.end_if_late()
        if status is not None:
            self._take_exit(status, "killed" if self._killed else "channel_closed")

    def _take_exit(self, status: int, cause: str) -> None:
        """The worker is gone. The run hears of it, if there is one; else the next one does."""
        self._worker.reaped()
        self._notice_end()
        was_warm, self._warm = self._warm, False
        self._killed = False
        if not was_warm or not (self._used or self._kept):
            # Nothing that a run did.
            self._exit = EXIT_WORKER_LOST
            return
        code = os.waitstatus_to_exitcode(status)
        how = {**({"exit_code": code} if code >= 0 else {"signal": -code}), "cause": cause}
        # What the worker said of the run stands, even if this word would arrive before that one.
        if self._active and not self._page.fields[Field.ENDED]:
            self._outbound.send(Kind.WORKER_EXITED, encode_json(how), self._stream)
        elif not self._resetting:
            self._lost = how
        if self._active:
            self._begin_to_drain()
        elif self._kept:
            self._replace_worker()
        # Else the run that had the sandbox for itself is over: what is left of it are its files.

    def _replace_worker(self) -> None:
        """A fresh worker for a session; what was on its way to the one before it is dropped."""
        _processes.kill_everything()
        assert self._to_worker is not None and self._to_stdin is not None
        self._worker = WorkerProcess(*self._worker_needs)
        self._to_worker.reopen(os.dup(self._worker.socket.fileno()))
        self._to_stdin.reopen(self._worker.stdin)

    def _reset(self) -> None:
        """A fresh worker because the daemon wants one. The files stay."""
        if self._active or not self._warm:
            raise ProtocolError("a reset while the worker is not idle")
        self._kept = self._resetting = True
        _processes.kill_everything()

    # The end of a run

    def _notice_end(self) -> None:
        """The run is over when the worker says that it left nothing: then nobody was woken for it."""
        if self._active and not self._draining and self._page.fields[Field.SETTLED]:
            self._active = False

    def _begin_to_drain(self) -> None:
        """Ends what the run left behind. Then the pipes hold all that will ever be in them."""
        if self._network is not None:
            self._network.close()
            self._opened = self._network.opened
            self._network = None
        if not self._worker.is_alive or (not self._kept and not _processes.kill_others(spare=self._worker.pid)):
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
            elif not self._worker.is_alive and self._kept:
                self._replace_worker()


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
