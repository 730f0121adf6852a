"""What an asynchronous tool call gives: started already, and only good for `await`."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from . import _program
from ._calls import Call, Calls
from ._errors import NotAwaitedError


class StartedCall(Coroutine[Any, Any, Any]):
    """A call on its way. Counts as a coroutine, so that tasks can be made of it.

    Never awaiting it is harmless. Using it as if it were the value raises an error that says so.
    """

    def __init__(self, calls: Calls, call: Call, label: str, value_of: Callable[[Call], Any]) -> None:
        self._calls = calls
        self._call = call
        self._label = label
        self._value_of = value_of
        self._steps: Generator[Any, None, Any] | None = None
        self.__name__ = self.__qualname__ = label

    def __await__(self) -> Generator[Any, None, Any]:
        if not self._call.is_done:
            try:
                yield from self._calls.future(self._call)
            except BaseException:
                self._calls.drop(self._call)
                raise
        return self._value_of(self._call)

    def send(self, value: Any) -> Any:
        """As a coroutine."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *arguments: Any) -> Any:
        """As a coroutine."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*arguments)

    def close(self) -> None:
        """As a coroutine."""
        if self._steps is not None:
            self._steps.close()

    def __repr__(self) -> str:
        return f"<{self._label}(...), started and not awaited>"

    def _not_awaited(self, *_arguments: Any, **_keywords: Any) -> Any:
        raise NotAwaitedError(
            f"{self._label}(...) gave an awaitable here, not its value: write `await {self._label}(...)`, "
            f"or {self._label}.sync(...) to block"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__", "cr_", "gi_", "ag_", "_asyncio")):
            raise AttributeError(name)
        return self._not_awaited()


# No `__next__`: a task would take a coroutine that has one for an iterator.
_USES = """
    str format getitem setitem delitem iter len contains bool int float index bytes complex call
    add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow neg pos abs
    and or xor lt gt le ge enter exit reversed round
"""
for _name in _USES.split():
    setattr(StartedCall, f"__{_name}__", StartedCall._not_awaited)


def let_values_be_awaited() -> None:
    """`asyncio.gather` takes values that are there already, as `await` does in the user's code."""
    gather = asyncio.gather

    @functools.wraps(gather)
    def gather_anything(*things: Any, **options: Any) -> Any:
        return gather(*map(_as_awaitable, things), **options)

    asyncio.gather = asyncio.tasks.gather = gather_anything


def _as_awaitable(thing: Any) -> Any:
    thing = _program.ready(thing)
    return _wait_for(thing) if isinstance(thing, _program.Ready) else thing


async def _wait_for(thing: Any) -> Any:
    return await thing
