"""The daemon's side of the channel for tests: starts a real agent and speaks with it over pipes."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from agent._framing import FRAME_BYTES, WORKER_FRAME_BYTES, Assembler, FrameReader, Message, encode_message
from agent._protocol import (
    Kind,
    Lane,
    Sender,
    decode_credit,
    decode_file_credit,
    decode_headed,
    decode_json,
    decode_net_credit,
    decode_output,
    encode_credit,
    encode_file_credit,
    encode_headed,
    encode_json,
    encode_net_credit,
    limits_of,
)
from agent._turns import IGNORED, INITIAL, TURNS, next_state

AGENT = Path(__file__).resolve().parent.parent / "agent"
# The agent is pid 1 here as in a sandbox, so nothing that it kills is outside of its namespace.
OWN_NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
# A test that waits longer than this has failed; nothing is measured with it.
PATIENCE_SECONDS = 20

MIB = 1024 * 1024


@dataclass
class Finished:
    """What a run gave."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    pieces: list[tuple[int, bytes]] = field(default_factory=list)
    displays: list[dict[str, bytes]] = field(default_factory=list)
    metadata: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, Any] | None = None
    value: bytes = b""
    value_forms: dict[str, bytes] = field(default_factory=dict)
    worker_exited: dict[str, Any] | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    @property
    def output(self) -> str:
        """Both streams as they were ordered, and `<display>` for each display between them."""
        return b"".join(data for _, data in self.pieces).decode()

    @property
    def exception(self) -> dict[str, str]:
        """The exception that ended the run."""
        assert self.ended is not None, f"not ended: {self}"
        assert self.ended["how"] == "exception", f"no exception: {self.ended}"
        described: dict[str, str] = self.ended["exception"]
        return described


def forms_of(parts: list[dict[str, Any]], bulk: bytes) -> tuple[dict[str, bytes], bytes]:
    """The forms that a header lists, and what is left of the bulk."""
    forms = {}
    for part in parts:
        forms[part["mime"]], bulk = bulk[: part["bytes"]], bulk[part["bytes"] :]
    return forms, bulk


Answer = Callable[[dict[str, Any], bytes], "tuple[str, Any] | None"]


class Entrances:
    """The connections of a run, and what a test says to them."""

    def __init__(self, daemon: DaemonDouble) -> None:
        self._daemon = daemon
        self.opened: dict[int, dict[str, Any]] = {}
        self.sent: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self.closed: set[int] = set()
        self.credit: dict[int, int] = {}
        self.gives_credit = True
        self.heard: Callable[[int], None] = lambda number: None

    def take(self, kind: Kind, message: Message) -> None:
        """One frame of the supervisor about a connection."""
        number = message.stream
        if kind == Kind.NET_OPEN:
            assert number > max(self.opened, default=0), number
            self.opened[number] = decode_json(message.payload)
            self.sent[number] = bytearray()
            self.credit[number] = 0
            return
        assert number in self.opened and number not in self.closed, (kind, number)
        if kind == Kind.NET_SEND:
            self.sent[number] += message.payload
            if self.gives_credit:
                self._daemon.send(Kind.NET_CREDIT, encode_net_credit(len(message.payload)), number)
        elif kind == Kind.NET_SEND_END:
            self.ended.add(number)
        elif kind == Kind.NET_CLOSED:
            self.closed.add(number)
        else:
            self.credit[number] += decode_net_credit(message.payload)
        self.heard(number)

    def say(self, number: int, data: bytes) -> None:
        """Bytes for the code."""
        self._daemon.send(Kind.NET_RECEIVE, data, number)

    def end(self, number: int) -> None:
        """No more bytes for the code."""
        self._daemon.send(Kind.NET_RECEIVE_END, b"", number)

    def cut(self, number: int) -> None:
        """Ends a connection in both directions."""
        self._daemon.send(Kind.NET_CUT, b"", number)


class FileAnswers:
    """What the agent has said to requests about files, by their numbers."""

    def __init__(self, daemon: DaemonDouble) -> None:
        self._daemon = daemon
        self._last = 0
        self.found: dict[int, dict[str, Any]] = {}
        self.data: dict[int, bytearray] = {}
        self.credit: dict[int, int] = {}
        self.done: dict[int, dict[str, Any]] = {}
        self.failed: dict[int, dict[str, Any]] = {}
        self.gives_credit = True

    def take(self, kind: Kind, message: Message) -> None:
        """One frame of the supervisor's."""
        number = message.stream
        assert number in self.data and not self.is_over(number), (kind, number)
        if kind == Kind.FILE_FOUND:
            self.found[number] = decode_json(message.payload)["entry"]
        elif kind == Kind.FILE_DATA:
            self.data[number] += message.payload
            if self.gives_credit:
                self._daemon.send(Kind.FILE_CREDIT, encode_file_credit(len(message.payload)), number)
        elif kind == Kind.FILE_DONE:
            self.done[number] = decode_json(message.payload)
        elif kind == Kind.FILE_ERROR:
            self.failed[number] = decode_json(message.payload)
        else:
            self.credit[number] += decode_file_credit(message.payload)

    def is_over(self, number: int) -> bool:
        """Whether a request was answered."""
        return number in self.done or number in self.failed

    def ask(self, kind: Kind, path: str, **header: Any) -> int:
        """Makes a request and gives its number."""
        self._last += 1
        self.data[self._last] = bytearray()
        self.credit[self._last] = 0
        self._daemon.send(kind, encode_json({"path": path, **header}), self._last)
        return self._last

    def wait(self, number: int) -> dict[str, Any]:
        """The answer to a request; an error is an answer too."""
        self._daemon.pump_until(lambda: self.is_over(number))
        return self.done[number] if number in self.done else self.failed[number]


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class DaemonDouble:
    """One agent and the daemon's view of it. Used by one thread."""

    def __init__(
        self,
        command: list[str] | None = None,
        environment: dict[str, str] | None = None,
        worker_window: int = 2 * MIB,
        stdin_window: int = 256 * 1024,
        hello: dict[str, Any] | None = None,
        folder: str | None = None,
    ) -> None:
        self._windows = {"worker_window": worker_window, "stdin_window": stdin_window}
        self._further = hello or {}
        # As in the image: where the supervisor starts is where programs do.
        home = {"HOME": folder} if folder else {}
        # In a sandbox what a program leaves in there goes with it.
        self._temporary = tempfile.TemporaryDirectory(prefix="caisson-agent-")
        self.process = subprocess.Popen(
            command or self.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONDONTWRITEBYTECODE": "1",
                "TMPDIR": self._temporary.name,
                **home,
                **(environment or {}),
            },
            bufsize=0,
            cwd=folder,
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self._in = self.process.stdin.fileno()
        self._sources = {
            self.process.stdout.fileno(): Sender.WORKER,
            self.process.stderr.fileno(): Sender.SUPERVISOR,
        }
        limits = {sender: limits_of(sender) for sender in (Sender.WORKER, Sender.SUPERVISOR)}
        sizes = {Sender.WORKER: WORKER_FRAME_BYTES, Sender.SUPERVISOR: FRAME_BYTES}
        self._readers = {sender: FrameReader(limits[sender], sizes[sender]) for sender in limits}
        self._assemblers = {sender: Assembler(limits[sender]) for sender in limits}
        self._arrived: dict[Sender, deque[Message]] = {sender: deque() for sender in limits}
        self._delivered = dict.fromkeys(limits, 0)
        self.state = INITIAL
        self.stream = 0
        self.credits = {Lane.WORKER_BOUND: 0, Lane.STDIN: 0}
        self._spent = 0
        self.pongs: list[bytes] = []
        self.replaced: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self.finished = Finished()
        self.answer: Answer = lambda header, bulk: ("error", {"reason": "denied", "message": "no tools"})
        self.gives_credit = True
        self.network = Entrances(self)
        self.files = FileAnswers(self)

    @staticmethod
    def command() -> list[str]:
        """What starts an agent."""
        return [*OWN_NAMESPACE, sys.executable, "-I", str(AGENT)]

    def __enter__(self) -> DaemonDouble:
        self.send(Kind.HELLO, encode_json({"protocol": 1, **self._windows, **self._further}))
        self.pump_until(lambda: self.state == "idle")
        return self

    @property
    def can_run(self) -> bool:
        """Whether the agent speaks and its worker waits for a run."""
        speaks = len(self._sources) == 2 and self.process.poll() is None
        waits = self.state in ("idle", "settled") and self.finished.worker_exited is None
        return speaks and waits and self._may_have_worker

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        process = self.process
        assert process.stdin and process.stdout and process.stderr
        if not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        process.stdout.close()
        process.stderr.close()
        self._temporary.cleanup()

    def send(self, kind: Kind, payload: bytes = b"", stream: int = 0) -> None:
        """Sends one message."""
        for frame in encode_message(kind, stream, payload, FRAME_BYTES):
            if kind in (Kind.RUN, Kind.RESULT, Kind.ERROR):
                self._spend(len(frame))
            self.send_bytes(frame)

    def _spend(self, size: int) -> None:
        """Waits, as the daemon's relay does, until the agent has room for a frame on lane 3."""
        self._spent += size
        while self._spent - self.credits[Lane.WORKER_BOUND] > self._windows["worker_window"]:
            if not self.pump(PATIENCE_SECONDS):
                raise AssertionError("the agent gives no credit")

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are, reading meanwhile so that neither side waits for the other."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._in, view) :]

    def start(self, source: str, **changes: Any) -> None:
        """Sends a run."""
        self.stream += 1
        self._delivered = dict.fromkeys(self._delivered, 0)
        self.finished = Finished()
        limits = {
            "output_window": changes.pop("output_window", MIB),
            "in_flight": changes.pop("in_flight", 64),
            "argument_bytes": changes.pop("argument_bytes", MIB),
            "value_bytes": changes.pop("value_bytes", MIB),
            "repr_bytes": changes.pop("repr_bytes", 65536),
        }
        header: dict[str, Any] = {
            "file_name": "main.py",
            "arguments": [],
            "environment": {},
            "stdin": False,
            "servers": [],
            "limits": limits,
            **changes,
        }
        self.state = next_state(self.state, "run")
        self.send(Kind.RUN, encode_headed(header, source.encode()), self.stream)

    def run(self, source: str, **changes: Any) -> Finished:
        """Runs a program to its end."""
        self.start(source, **changes)
        return self.finish()

    def reset(self) -> None:
        """Has the worker replaced and waits for the next one."""
        self.state = next_state(self.state, "reset")
        self.send(Kind.RESET)
        self.pump_until(lambda: self.state == "settled")

    def finish(self) -> Finished:
        """Waits for the run to be settled."""
        self.pump_until(lambda: self.state == "settled")
        return self.finished

    @property
    def _may_have_worker(self) -> bool:
        """After a run of its own sandbox a worker may end without a word. False when that was seen."""
        supervisors = _children(self.process.pid)
        return len(supervisors) != 1 or bool(_children(supervisors[0]))

    def await_no_worker(self) -> None:
        """Until the worker is gone, of which the agent may say nothing."""
        [supervisor] = _children(self.process.pid)
        while _children(supervisor):
            self.pump(0.01)

    def pump_until(self, condition: Callable[[], bool]) -> None:
        """Serves the agent until the condition holds."""
        while not condition():
            if not self.pump(PATIENCE_SECONDS):
                seen = repr(self.finished)
                raise AssertionError(
                    f"the agent went silent: state {self.state}, exit {self.process.poll()}, {seen[:1000]} … {seen[-1000:]}"
                )

    def pump(self, seconds: float) -> bool:
        """Takes what is there; False when nothing came or everything is closed."""
        readable, _, _ = select.select(list(self._sources), [], [], max(0.0, seconds))
        for descriptor in readable:
            sender = self._sources[descriptor]
            data = os.read(descriptor, 1024 * 1024)
            if not data:
                del self._sources[descriptor]
                continue
            for frame in self._readers[sender].feed(data):
                message = self._assemblers[sender].add(frame)
                if message is not None:
                    self._arrived[sender].append(message)
        self._deliver()
        return bool(readable) and bool(self._sources)

    def _deliver(self) -> None:
        moved = True
        while moved:
            moved = False
            for sender, other in ((Sender.WORKER, Sender.SUPERVISOR), (Sender.SUPERVISOR, Sender.WORKER)):
                queue = self._arrived[sender]
                while queue and self._after(queue[0]) <= self._delivered[other]:
                    self._take(sender, queue.popleft())
                    moved = True

    @staticmethod
    def _after(message: Message) -> int:
        if message.kind in (Kind.OUTPUT, Kind.CAPTURED_OUTPUT):
            return decode_output(message.payload)[1]
        if message.kind == Kind.DISPLAY:
            after: int = decode_headed(message.payload)[0]["after"]
            return after
        if message.kind == Kind.DRAINED:
            return int.from_bytes(message.payload, "big")
        return 0

    def _take(self, sender: Sender, message: Message) -> None:
        kind = Kind(message.kind)
        ignored = TURNS.get((self.state, kind.name.lower())) == IGNORED
        self.state = next_state(self.state, kind.name.lower())
        finished = self.finished
        if kind in (Kind.OUTPUT, Kind.CAPTURED_OUTPUT):
            self._delivered[sender] += 1
            if not ignored:
                self._output(kind, message)
        elif kind == Kind.DISPLAY:
            self._delivered[sender] += 1
            header, bulk = decode_headed(message.payload)
            if not ignored:
                forms, rest = forms_of(header["parts"], bulk)
                assert not rest, rest
                finished.displays.append(forms)
                finished.metadata.append({part["mime"]: part.get("metadata", {}) for part in header["parts"]})
                finished.pieces.append((0, b"<display>"))
        elif kind == Kind.CALL:
            header, bulk = decode_headed(message.payload)
            finished.calls.append({**header, "bulk": bulk, "number": message.stream})
            answer = self.answer(header, bulk)
            if answer is not None:
                self.reply(message.stream, *answer)
        elif kind == Kind.CALL_CANCEL:
            finished.cancelled.append(message.stream)
        elif kind == Kind.ENDED and not ignored:
            finished.ended, bulk = decode_headed(message.payload)
            if finished.ended.get("settled"):
                self.state = next_state(self.state, "drained")
            parts = finished.ended.pop("value_parts", [])
            json_bytes = len(bulk) - sum(part["bytes"] for part in parts)
            finished.value = bulk[:json_bytes]
            finished.value_forms, rest = forms_of(parts, bulk[json_bytes:])
            assert not rest, rest
        elif kind == Kind.WORKER_EXITED:
            finished.worker_exited = decode_json(message.payload)
        elif kind.name.startswith("NET_"):
            if not ignored:
                self.network.take(kind, message)
        elif kind.name.startswith("FILE_"):
            self.files.take(kind, message)
        elif kind == Kind.PONG:
            self.pongs.append(message.payload)
        elif kind == Kind.WORKER_REPLACED:
            self.replaced.append(decode_json(message.payload))
        elif kind == Kind.AGENT_CREDIT:
            lane, count = decode_credit(message.payload)
            self.credits[lane] += count
        elif kind == Kind.AGENT_HELLO:
            self.hello = decode_json(message.payload)

    def _output(self, kind: Kind, message: Message) -> None:
        descriptor, _after, data = decode_output(message.payload)
        finished = self.finished
        finished.pieces.append((descriptor, data))
        if descriptor == 1:
            finished.stdout += data
        else:
            finished.stderr += data
        if self.gives_credit:
            lane = Lane.WORKER_OUTPUT if kind == Kind.OUTPUT else Lane.SUPERVISOR_OUTPUT
            self.send(Kind.CREDIT, encode_credit(lane, len(data)), message.stream)

    def reply(self, number: int, shape: str, value: Any) -> None:
        """Answers a call: ("value" or "mcp", JSON value) or ("error", {reason, message})."""
        if shape == "error":
            self.send(Kind.ERROR, encode_json(value), number)
        else:
            bulk = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send(Kind.RESULT, encode_headed({"shape": shape}, bulk), number)
