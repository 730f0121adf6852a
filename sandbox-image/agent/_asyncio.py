"""What asyncio is like for code with tools: it takes values where it takes awaitables, as `await` does there.

A call that stands in ordinary code has given its value when asyncio gets it. Changed only in runs that
have tools and name asyncio: elsewhere it is Python's own.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from asyncio import events, runners, tasks
from collections.abc import Callable, Coroutine, Iterable
from types import CodeType, FrameType
from typing import Any, Final

from . import _program
from ._program import CALLED, TAKERS

# Methods that take awaitables, by the class that has them; of functions all of these names do.
_METHODS: Final = (
    (asyncio.TaskGroup, frozenset({"create_task"})),
    (asyncio.AbstractEventLoop, frozenset({"create_task", "run_until_complete"})),
    (asyncio.Runner, frozenset({"run"})),
)
_LOOPS: Final = ("get_event_loop", "get_running_loop", "new_event_loop")

_originals: Final[dict[str, Any]] = {
    name: getattr(asyncio, name) for name in (*TAKERS, *_LOOPS) if name != "run_until_complete"
}
_known: Final[dict[int, str]] = {id(function): name for name, function in _originals.items()}


def _awaitable(thing: Any) -> Any:
    thing = _program.ready(thing)
    return _wait_for(thing) if isinstance(thing, _program.Ready) else thing


async def _wait_for(thing: Any) -> Any:
    return await thing


def _listed(things: Iterable[Any]) -> list[Any]:
    return [*things]


# A call that is made while this runs, by `map` or by a generator, is made for asyncio.
LISTING: Final[CodeType] = _listed.__code__


def _taking_values() -> dict[str, Callable[..., Any]]:
    gather, as_completed = _originals["gather"], _originals["as_completed"]
    shield, ensure_future, wait_for = (_originals[name] for name in ("shield", "ensure_future", "wait_for"))
    create_task = _originals["create_task"]

    @functools.wraps(gather)
    def gather_anything(*things: Any, **options: Any) -> Any:
        return gather(*map(_awaitable, things), **options)

    @functools.wraps(as_completed)
    def anything_as_completed(fs: Any, **options: Any) -> Any:
        if isinstance(fs, asyncio.Future | Coroutine):
            return as_completed(fs, **options)
        return as_completed([*map(_awaitable, _listed(fs))], **options)

    @functools.wraps(shield)
    def shield_anything(arg: Any) -> Any:
        return shield(_awaitable(arg))

    @functools.wraps(ensure_future)
    def future_of_anything(coro_or_future: Any, **options: Any) -> Any:
        return ensure_future(_awaitable(coro_or_future), **options)

    @functools.wraps(create_task)
    def task_of_anything(coro: Any, **options: Any) -> Any:
        return create_task(_awaitable(coro), **options)

    @functools.wraps(wait_for)
    async def wait_for_anything(fut: Any, timeout: Any) -> Any:
        return await wait_for(_awaitable(fut), timeout)

    return {
        "gather": gather_anything,
        "as_completed": anything_as_completed,
        "create_task": task_of_anything,
        "shield": shield_anything,
        "ensure_future": future_of_anything,
        "wait_for": wait_for_anything,
    }


_create_task: Final = asyncio.TaskGroup.create_task


@functools.wraps(_create_task)
def _task_of_anything(self: Any, coro: Any, **options: Any) -> Any:
    return _create_task(self, _awaitable(coro), **options)


_anything: Final = _taking_values()
_known.update((id(function), name) for name, function in _anything.items())


def take_values() -> None:
    """From here on asyncio takes values."""
    for name, function in _anything.items():
        _put(name, function, _originals[name])
    # Not the loops: a class that much is made of gets slow when it is changed.
    if asyncio.TaskGroup.create_task is _create_task:
        asyncio.TaskGroup.create_task = _task_of_anything  # type: ignore[method-assign]


def take_no_values() -> None:
    """From here on asyncio is as it was."""
    for name, function in _anything.items():
        _put(name, _originals[name], function)
    if asyncio.TaskGroup.create_task is _task_of_anything:
        asyncio.TaskGroup.create_task = _create_task  # type: ignore[method-assign]


def _put(name: str, function: Any, instead_of: Any) -> None:
    """Where asyncio has it, unless the code has put something of its own there."""
    for module in (asyncio, tasks):
        if getattr(module, name, None) is instead_of:
            setattr(module, name, function)


def takes_awaitables(frame: FrameType, path: tuple[str, ...]) -> bool:
    """Whether what is written so in this frame, `asyncio.gather` or `group.create_task`, is asyncio's.

    A tool may be called `create_task` as well: so it is looked up, without running code of the program's.
    """
    first, *steps = path
    places = (frame.f_locals, frame.f_globals, frame.f_builtins)
    found = next((place[first] for place in places if first in place), None)
    kind = type(found)
    for index, step in enumerate(steps):
        if step == CALLED:
            if _known.get(id(found)) not in _LOOPS:
                return False
            kind, found = asyncio.AbstractEventLoop, None
        elif index == len(steps) - 1 and any(issubclass(kind, owner) and step in names for owner, names in _METHODS):
            return True
        else:
            found = inspect.getattr_static(found, step, None)
            kind = type(found)
    return _known.get(id(found)) in TAKERS


_run: Final = asyncio.run
_top: asyncio.AbstractEventLoop | None = None


@functools.wraps(_run)
def _run_anywhere(*arguments: Any, **options: Any) -> Any:
    loop = _top
    if loop is None or events._get_running_loop() is not loop:
        return _run(*arguments, **options)
    events._set_running_loop(None)
    try:
        return _run(*arguments, **options)
    finally:
        events._set_running_loop(loop)
        # It has left the thread without one.
        asyncio.set_event_loop(loop)


_known[id(_run_anywhere)] = "run"


def run_beside(loop: asyncio.AbstractEventLoop | None) -> None:
    """From here on `asyncio.run` works in code that runs within this loop, whose other tasks rest meanwhile.

    With None it is as it was.
    """
    global _top
    _top = loop
    function, instead_of = (_run, _run_anywhere) if loop is None else (_run_anywhere, _run)
    modules: tuple[Any, ...] = (asyncio, runners)
    for module in modules:
        if module.run is instead_of:
            module.run = function
