"""The worker: forked from the supervisor after the common imports; runs user code, nothing else."""

from __future__ import annotations

import importlib
import linecache
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from typing import Any, Final, NamedTuple, NoReturn, TextIO

from . import _limits, _sockets
from ._adoption import adopt
from ._bundles import NO_BUNDLE, Bundle, bundle_of
from ._callers import Callers
from ._calls import Calls, ChannelClosedError
from ._certificates import describe_failure, name_bundle
from ._code_rules import CodeRefusedError, CodeRules
from ._display import Displays, complain
from ._exceptions import MESSAGE_CHARACTERS, describe_exception
from ._executor import RESULT, Loops, Outcome, execute, make_main, run_exit_handlers, value_of
from ._forks import guard_forks
from ._framing import WORKER_FRAME_BYTES, Message
from ._interrupts import Interrupts
from ._limits import libc
from ._namespaces import InstalledTools
from ._page import Field, SharedPage
from ._pictures import PrintedPictures
from ._plots import Plots
from ._processes import are_two_tasks
from ._program import Program, compile_program
from ._protocol import decode_headed, encode_headed
from ._reprs import bounded_repr, json_value
from ._spawning import give_programs_a_file
from ._streams import (
    TextStream,
    are_installed,
    flush_streams,
    install_streams,
    is_intact,
    open_stdin,
    refuse_input_unless,
    write_error,
)
from ._tools import Caller
from ._tracebacks import cut, format_traceback
from ._unawaited import Unawaited, report_coroutines
from ._wire import Wire

# What the worker says to the supervisor, one byte each.
WARM = b"W"
RUN_ENDED = b"E"
# What the supervisor says when it gives a descriptor for fd 0.
STDIN = b"I"

# The forms of a value beside its repr and its JSON; with them it fits a message of gRPC.
VALUE_BUNDLE_BYTES: Final = 2 * 1024 * 1024

_LOADERS: Final = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)

# What the first run after the fork is; the supervisor sends it.
REHEARSED = b"import sys\nprint('ready', file=sys.stderr)\n{'value': [1]}"


class Ends(NamedTuple):
    """What the worker holds of the channel."""

    output: int
    channel: socket.socket
    given: socket.socket  # descriptors from the supervisor
    page: SharedPage
    standing: Callable[[], int]


class End(NamedTuple):
    """What the worker says of a run that has ended."""

    header: dict[str, Any]
    value: bytes = b""

    def payload(self) -> bytes:
        """As `ended` carries it."""
        return encode_headed(self.header, self.value)

    @property
    def fits_one_frame(self) -> bool:
        """Whether little memory is enough to say it."""
        characters = len(self.header.get("value_repr", ""))
        return "exception" not in self.header and len(self.value) + characters < WORKER_FRAME_BYTES // 4


def main(ends: Ends, memory: int | None) -> NoReturn:
    """Serves runs until the supervisor goes away. Never returns."""
    status = 1
    try:
        _Worker(ends, memory).serve()
    except (ChannelClosedError, OSError):
        # Either the supervisor is gone, who does not care, or user code closed the descriptors, and
        # then the status alone would look like an exit of the user's.
        ends.page.fields[Field.CHANNEL_BROKEN] = 1
        status = 0
    finally:
        os._exit(status)


class _Worker:
    def __init__(self, ends: Ends, memory: int | None) -> None:
        _limits.die_with_parent()
        _limits.set_dumpable(True)
        for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        self._pid = os.getpid()
        self._channel = ends.channel
        self._given = ends.given
        self._page = ends.page
        self._runs = 0
        self._had_input = False  # the last run was given stdin
        self._had_network = False  # the last run had one
        self._rehearsing = False
        self._is_alone = False  # at the end of the last run: no thread or process was left of it
        self._streams: tuple[TextStream, ...] = ()
        self._stdin: TextIO | None = None
        self._namespace: dict[str, Any] | None = None  # of a session
        self._tools: InstalledTools | None = None
        self._unawaited = Unawaited()
        self._names_asyncio = False  # a program of the session has
        self._loops = Loops()
        self._interrupts = Interrupts(ends.page)
        self._interrupts.install()
        self._wire = Wire(ends.output, ends.page, ends.standing, self._interrupts)
        self._calls = Calls(self._wire, ends.channel, self._interrupts)
        self._displays = Displays(self._wire)
        self._plots = Plots(self._displays)
        self._pictures = PrintedPictures(self._displays)
        adopt({**self._plots.changes(), "multiprocessing.spawn": give_programs_a_file})
        os.register_at_fork(after_in_child=self._become_child)
        _be_random()
        self._memory = None if memory is None else _limits.MemoryLimit(memory)
        if memory is not None:
            guard_forks(memory)

    def _become_child(self) -> None:
        self._wire.leave_to_child()
        # A copy of the socket in a child would keep the supervisor from seeing the worker's end.
        self._channel.close()
        self._given.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def serve(self) -> None:
        self._prepare()
        self._channel.sendall(WARM)
        self._rehearse(self._calls.wait_for_run())
        self._channel.sendall(RUN_ENDED)
        self._prepare()
        while True:
            self._end(self._run(self._calls.wait_for_run()))
            self._runs += 1
            # First of all: one line of code fills the memory, and the rest needs a little.
            if self._memory is not None:
                self._memory.leave_room()
            self._prepare()

    def _prepare(self) -> None:
        """What need not wait for the run to be known."""
        if not self._streams or not are_installed(self._streams):
            self._streams = install_streams(self._wire, self._pictures.look)
        if self._stdin is None or not is_intact(self._stdin):
            self._stdin = open_stdin()
        if self._namespace is None:
            _go_home()

    def _rehearse(self, message: Message) -> None:
        """A run for nobody, all the way to frames that go nowhere, and one more that fails."""
        self._rehearsing = True
        main = sys.modules["__main__"]
        header, source = decode_headed(message.payload)
        for program in (source, b"print(1)\n1 / 0"):
            with self._wire.muted():
                end = self._run(message._replace(payload=encode_headed(header, program)))
                self._left_nothing()
                self._wire.end_with(self._wire.frames_of_end(end.payload()))
        _rehearse_network()
        linecache.cache.pop(header["file_name"], None)
        sys.modules["__main__"] = main
        self._rehearsing = False

    def _run(self, message: Message) -> End:
        """Runs one program; nothing is printed any more."""
        header, source = decode_headed(message.payload)
        limits = header["limits"]
        self._interrupts.begin_run()
        self._wire.begin_run(message.stream)
        self._pictures.begin_run()
        self._calls.begin_run(limits["in_flight"], header.get("first_call", 1))
        if self._runs:
            self._renew_stdin(bool(header["stdin"]))
        self._had_input = bool(header["stdin"])
        _enter_environment(header)
        self._had_network = "network" in header
        if self._had_network:
            _sockets.install(header["network"])
            _let_packages_be_found()
            self._trust_certificates()
        if self._memory is not None:
            self._memory.set()
        outcome = self._execute(header, source)
        # While there are two tasks in the sandbox this is not a child that the user forked.
        self._is_alone = are_two_tasks()
        if not self._is_alone and os.getpid() != self._pid:
            self._lift_memory_limit()
            _leave_child(outcome)
        end = self._describe(outcome, limits, [server["python"] for server in header["servers"]])
        with self._interrupts:
            self._interrupts.end_run()
            self._wire.end_run()
            self._calls.end_run()
        return end

    def _describe(self, outcome: Outcome, limits: dict[str, Any], servers: list[str]) -> End:
        """Under the memory limit where that can be: each change of it is a call of the kernel."""
        # Once, whatever follows: the code's own methods draw and print.
        outcome, bundle = self._take_forms(outcome)

        def describe() -> End:
            return _describe(outcome, bundle, limits, servers)

        # An exception is told with its source lines, and often because there was no memory.
        if outcome.error is None:
            try:
                end = self._interrupts.during(describe)
                if not end.fits_one_frame:
                    self._lift_memory_limit()
                return end
            except MemoryError:
                pass
            except BaseException as failure:
                outcome = Outcome(error=failure)
        self._lift_memory_limit()
        try:
            return self._interrupts.during(describe)
        except BaseException as failure:
            return _failed(failure)

    def _take_forms(self, outcome: Outcome) -> tuple[Outcome, Bundle]:
        """The forms of the value; an interrupt of them is that of the run."""
        if outcome.error is not None or outcome.value is None:
            return outcome, NO_BUNDLE
        try:
            bundle = self._interrupts.during(lambda: bundle_of(outcome.value, VALUE_BUNDLE_BYTES))
            complain(bundle)
        except BaseException as failure:
            return Outcome(error=failure), NO_BUNDLE
        return outcome, bundle

    def _lift_memory_limit(self) -> None:
        if self._memory is not None:
            self._memory.lift()

    def _renew_stdin(self, given: bool) -> None:
        """What an earlier run was sent and did not read is not this run's."""
        if not given and not self._had_input:
            return
        if given:
            _data, descriptors, _flags, _address = socket.recv_fds(self._given, len(STDIN), 1)
            renewed = descriptors[0]
        else:
            renewed = os.open(os.devnull, os.O_RDONLY)
        os.dup2(renewed, 0)
        os.close(renewed)
        self._stdin = open_stdin()

    def _trust_certificates(self) -> None:
        """Nothing that the code could not do: the gate lets it through no further for it."""
        fields = self._page.fields
        if fields[Field.BUNDLE_WRITTEN]:
            name_bundle(os.environ)
        elif fields[Field.BUNDLE_ERROR]:
            write_error(describe_failure(fields[Field.BUNDLE_ERROR]) + "\n")

    def _end(self, end: End) -> None:
        """Tells both sides; first the one that the end of the run waits for."""
        alone = self._left_nothing()
        settled = alone and not self._had_network
        if alone:
            end.header["alone"] = True
        if settled:
            end.header["settled"] = True
        frames = self._frames_of(end)
        if settled:
            # Before the end is said: the next run may come as soon as it is. The supervisor need not
            # wake up for it, which would hold up the daemon's next word.
            self._page.fields[Field.SETTLED] = 1
            self._wire.end_with(frames)
        elif alone:
            self._wire.end_with(frames)
            self._channel.sendall(RUN_ENDED)
        else:
            self._channel.sendall(RUN_ENDED)
            self._wire.end_with(frames)

    def _frames_of(self, end: End) -> list[bytes]:
        """All of them before anything is said: there may be no memory for the last."""
        try:
            return self._wire.frames_of_end(end.payload())
        except MemoryError:
            self._lift_memory_limit()
            return self._wire.frames_of_end(end.payload())

    def _let(self, code: Callable[[], object]) -> None:
        """Calls code of the user's that has no say in how the run ended, whatever it raises."""
        with suppress(BaseException):
            self._interrupts.during(code)

    def _left_nothing(self) -> bool:
        """Whether nobody is left who could write, and nothing waits that was written."""
        return self._is_alone and self._wire.nothing_was_captured()

    def _execute(self, header: dict[str, Any], source: bytes) -> Outcome:
        """Compiles and runs; the exit handlers belong to the run."""
        self._remove_tools()
        if not header.get("keep"):
            self._names_asyncio = False
        try:
            check = CodeRules(header["code"]).check if "code" in header else None
            program = compile_program(source, header["file_name"], check)
            self._unawaited = Unawaited()
            most = header["limits"]["argument_bytes"]
            caller = Caller(self._calls, most, Callers(program).want_awaitable, self._unawaited)
            # Other files of the program, and earlier runs of its session, may use it as well.
            self._names_asyncio = self._names_asyncio or program.names_asyncio or "entry" in header
            self._tools = InstalledTools(caller, header["servers"], self._displays, self._names_asyncio)
            self._page.wait_for(Field.NETWORK_SETTLED)
            namespace = self._namespace_of(header)
            before = namespace.get(RESULT)
            outcome = execute(program, namespace, self._interrupts, self._loops, bool(header.get("keep")))
            if outcome.error is None and program.value is None:
                outcome = Outcome(value_of(program, namespace, before))
            outcome = self._show_plots(outcome)
            self._tell_what_was_not_awaited(program, namespace, outcome, bool(header.get("keep")))
        except BaseException as error:
            outcome = Outcome(error=error)
        outcome = self._hear_last_words(outcome)
        if not header.get("keep"):
            # Those of what was imported beforehand are for the end of a real run.
            if not self._rehearsing:
                self._let(run_exit_handlers)
            self._remove_tools()
        self._let(flush_streams)
        libc.fflush(None)
        return outcome

    def _tell_what_was_not_awaited(
        self, program: Program, namespace: dict[str, Any], outcome: Outcome, kept: bool
    ) -> None:
        """After an error, what still exists may only not have come to be awaited."""
        if not self._unawaited.is_empty:
            self._let(lambda: self._unawaited.report(kept or outcome.error is not None))
        if program.makes_coroutines and outcome.error is None:
            names = None if kept else namespace
            is_kept = kept and any(outcome.value is value for value in namespace.values())
            self._let(lambda: report_coroutines(None if is_kept else outcome.value, names))

    def _hear_last_words(self, outcome: Outcome) -> Outcome:
        """Prints what `sys.exit("text")` says, as the interpreter does. Asked once: the code may answer slowly."""
        error = outcome.error
        if not isinstance(error, SystemExit):
            return outcome

        def ask() -> tuple[int, str | None]:
            code = error.code
            if code is None or isinstance(code, int):
                # Not `&`: the number may be of the code's own kind.
                return 0 if code is None else int.__and__(code, 0xFF), None
            return 1, cut(str(code), MESSAGE_CHARACTERS)

        try:
            exit_code, words = self._interrupts.during(ask)
        except BaseException as failure:
            exit_code, words = 1, f"<an exit code whose text cannot be shown: {type(failure).__name__}>"
        if words is not None:
            text = words + "\n"
            self._let(lambda: write_error(text))
        return replace(outcome, exit_code=exit_code, last_words=words)

    def _show_plots(self, outcome: Outcome) -> Outcome:
        """The code may still be interrupted here."""

        def show() -> None:
            self._plots.show_what_is_open(outcome.value)
            self._pictures.show()

        try:
            self._interrupts.during(show)
        except BaseException as error:
            return outcome if outcome.error is not None else Outcome(error=error)
        return outcome

    def _remove_tools(self) -> None:
        """Those of a session's run stay until its next one, for the threads that it left behind."""
        if self._tools is not None:
            self._tools.remove()
            self._tools = None

    def _namespace_of(self, header: dict[str, Any]) -> dict[str, Any]:
        """The `__main__` of this run: a session's is that of its run before."""
        if not header.get("keep"):
            return make_main(header["file_name"])
        if self._namespace is None:
            self._namespace = make_main(header["file_name"])
        self._namespace["__file__"] = header["file_name"]
        return self._namespace


def _be_random() -> None:
    """Workers of one supervisor have what it imported in common, but not their random numbers."""
    random.seed()
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()


def _go_home() -> None:
    with suppress(OSError):
        os.chdir(os.environ.get("HOME", "/"))
    try:
        home = os.getcwd()
    except OSError:
        return  # a run before has removed both
    if home not in sys.path:
        sys.path.insert(0, home)


def _enter_environment(header: dict[str, Any]) -> None:
    os.environ.update(header["environment"])
    if "HOME" in header["environment"]:
        _go_home()
    sys.argv = [header["file_name"], *header["arguments"]]
    if header.get("fresh_files"):
        importlib.invalidate_caches()
    if "entry" in header:
        folder = os.path.join(os.getcwd(), os.path.dirname(header["entry"])).rstrip("/")
        if folder not in sys.path:
            sys.path.insert(0, folder)
    refuse_input_unless(bool(header["stdin"]))


def _let_packages_be_found() -> None:
    """What the code installs for its user, with pip, can be imported in the same run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = os.path.join(os.environ.get("HOME", "/"), ".local", "lib", version, "site-packages")
    if folder not in sys.path:
        # Left to itself, Python would not look again for a folder that was not there the first time.
        sys.path_importer_cache[folder] = FileFinder(folder, *_LOADERS)
        sys.path.append(folder)


def _rehearse_network() -> None:
    """What a run with a network asks of the worker before its program, done and undone."""
    environment, path = dict(os.environ), list(sys.path)
    _sockets.rehearse()
    _let_packages_be_found()
    name_bundle(os.environ)
    for folder in set(sys.path) - set(path):
        sys.path_importer_cache.pop(folder, None)
    sys.path[:] = path
    for name in set(os.environ) - set(environment):
        del os.environ[name]


def _describe(outcome: Outcome, bundle: Bundle, limits: dict[str, Any], servers: list[str]) -> End:
    error = outcome.error
    if isinstance(error, CodeRefusedError):
        return End({"how": "refused", "findings": error.describe()})
    if isinstance(error, SystemExit):
        header: dict[str, Any] = {"how": "exit", "exit_code": outcome.exit_code}
        if outcome.last_words is not None:
            header["message"] = outcome.last_words
        return End(header)
    if error is not None:
        return End({"how": "exception", "exception": describe_exception(error, servers)})
    if outcome.value is None:
        return End({"how": "completed"})
    try:
        shown = bounded_repr(outcome.value, limits["repr_bytes"])
        bulk = json_value(outcome.value, limits["value_bytes"])
    except MemoryError:
        raise
    except BaseException as failure:
        return End({"how": "exception", "exception": describe_exception(failure)})
    header = {"how": "completed", "value_repr": shown.text, "value_repr_cut": shown.is_cut}
    if bundle.parts:
        header["value_parts"] = bundle.describe()
    return End(header, bulk + bundle.bulk())


def _failed(failure: BaseException) -> End:
    """When not even that can be told how the run ended."""
    # What it came from may be what could not be told.
    failure.__cause__ = failure.__context__ = None
    return End({"how": "exception", "exception": describe_exception(failure)})


def _leave_child(outcome: Outcome) -> NoReturn:
    """A child that the user forked came to the program's end: it leaves as a script would."""
    error = outcome.error
    status = 0
    if isinstance(error, SystemExit):
        status = outcome.exit_code
    elif error is not None:
        status = 1
        write_error(format_traceback(error))
    os._exit(status)
