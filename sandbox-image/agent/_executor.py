"""Runs one program in the main thread and tells how it ended."""

from __future__ import annotations

import asyncio
import atexit
import builtins
import dis
import sys
import types
from dataclasses import dataclass
from typing import Any

from . import _program
from ._asyncio import run_beside
from ._interrupts import Interrupts
from ._program import Program
from ._streams import write_error

# What a program may call its result, instead of ending with an expression.
RESULT = "result"


@dataclass(frozen=True)
class Outcome:
    """How the main code ended: with a value, with SystemExit, or with another exception."""

    value: Any = None
    error: BaseException | None = None
    exit_code: int = 1  # of a SystemExit
    last_words: str | None = None  # what that was given, when it is no number


def make_main(file_name: str) -> dict[str, Any]:
    """A fresh `__main__`, known to `sys.modules` so that pickle and dataclasses work."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=file_name, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = module
    return module.__dict__


class Loops:
    """The event loops of top-level awaits: one for each run, or one for all runs of a session.

    Tasks that a run of a session leaves behind rest until the next one awaits something.
    """

    def __init__(self) -> None:
        self._kept: asyncio.AbstractEventLoop | None = None

    def open(self) -> asyncio.AbstractEventLoop:
        """The loop for a run."""
        if self._kept is None or self._kept.is_closed():
            return asyncio.new_event_loop()
        return self._kept

    def leave(self, loop: asyncio.AbstractEventLoop, keep: bool) -> None:
        """After a run."""
        if keep:
            self._kept = loop
        else:
            _close_loop(loop)


def execute(program: Program, namespace: dict[str, Any], interrupts: Interrupts, loops: Loops, keep: bool) -> Outcome:
    """Runs the program. No exception of the user's leaves this function."""
    setattr(builtins, _program.AWAIT_NAME, _program.ready)

    def run() -> Outcome:
        if program.needs_loop:
            return _run_in_loop(program, namespace, interrupts, loops, keep)
        exec(program.body, namespace)
        return Outcome(eval(program.value, namespace) if program.value is not None else None)

    try:
        if program.makes_coroutines:
            # So that one that is never awaited can be told with its line.
            sys.set_coroutine_origin_tracking_depth(1)
        return interrupts.during(run)
    except BaseException as error:
        return Outcome(error=_plain(error))
    finally:
        if program.makes_coroutines:
            sys.set_coroutine_origin_tracking_depth(0)


def _plain(error: BaseException) -> BaseException:
    """The exception, unless it cannot even be asked what it is."""
    try:
        isinstance(error, SystemExit)
    except BaseException:
        return RuntimeError(f"an exception whose __class__ raises: {type(error).__name__}")
    return error


def value_of(program: Program, namespace: dict[str, Any], before: object) -> Any:
    """`result` of a program that ends without an expression and has made one.

    What was called so before a run of a session, `before`, is not its result.
    """
    value = namespace.get(RESULT)
    is_old = value is before and not _stores(program.body, RESULT)
    return None if is_old or isinstance(value, type | types.FunctionType | types.ModuleType) else value


def _stores(code: types.CodeType, name: str) -> bool:
    return name in code.co_names and any(
        step.opname in ("STORE_NAME", "STORE_GLOBAL") and step.argval == name for step in dis.get_instructions(code)
    )


def _run_in_loop(
    program: Program, namespace: dict[str, Any], interrupts: Interrupts, loops: Loops, keep: bool
) -> Outcome:
    loop = loops.open()
    asyncio.set_event_loop(loop)
    main = loop.create_task(_run_async(program, namespace), name="main")
    interrupted: list[bool] = []

    def divert() -> bool:
        """While no task runs the loop only waits: raised there, the interrupt would be the loop's."""
        if asyncio.current_task(loop) is not None or interrupted:
            return False
        interrupted.append(True)
        # Thread-safe although it is the same thread: that is what wakes the loop from its wait.
        loop.call_soon_threadsafe(main.cancel)
        return True

    interrupts.divert = divert
    run_beside(loop)
    try:
        outcome = loop.run_until_complete(main)
    except asyncio.CancelledError as error:
        outcome = Outcome(error=error)
    finally:
        interrupts.divert = lambda: False
        run_beside(None)
        loops.leave(loop, keep)
    if interrupted and isinstance(outcome.error, asyncio.CancelledError):
        return Outcome(error=KeyboardInterrupt().with_traceback(outcome.error.__traceback__))
    return outcome


async def _run_async(program: Program, namespace: dict[str, Any]) -> Outcome:
    """Catches all, because a task hands SystemExit and KeyboardInterrupt to the loop's caller."""
    try:
        waiting: Any = eval(program.body, namespace)
        if waiting is not None:
            await waiting
        value: Any = eval(program.value, namespace) if program.value is not None else None
        if program.value is not None and program.value.co_flags & _program.COROUTINE:
            value = await value
        return Outcome(value)
    except BaseException as error:
        return Outcome(error=_plain(error))


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """As `asyncio.run` does it, but threads are not waited for."""
    try:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        write_error(f"while ending the tasks that were left: {type(error).__name__}: {error}\n")
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def run_exit_handlers() -> None:
    """What the interpreter would do at its end, apart from waiting for threads and children.

    Not after a run of a session, where the interpreter goes on.
    """
    multiprocessing = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None:
        atexit.unregister(multiprocessing._exit_function)
    try:
        atexit._run_exitfuncs()
    except BaseException as error:
        write_error(f"in an exit handler: {type(error).__name__}: {error}\n")
