"""What an asynchronous tool call gives: started already, and only good for `await`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from types import FrameType
from typing import Any

from ._calls import Call, Calls
from ._errors import NotAwaitedError
from ._unawaited import Unawaited


class StartedCall(Coroutine[Any, Any, Any]):
    """A call on its way. Counts as a coroutine, so that tasks can be made of it.

    Never awaiting it is reported when the run has ended. Using it as if it were the value raises an
    error that says so.
    """

    def __init__(
        self,
        calls: Calls,
        call: Call,
        label: str,
        value_of: Callable[[Call], Any],
        deadline: float | None,
        unawaited: Unawaited,
        frame: FrameType | None,
    ) -> None:
        self._calls = calls
        self._call = call
        self._label = label
        self._value_of = value_of
        self._deadline = deadline  # of the monotonic clock
        self._unawaited = unawaited
        self._steps: Generator[Any, None, Any] | None = None
        self.__name__ = self.__qualname__ = label
        unawaited.add(id(self), label, call, frame)

    def __await__(self) -> Generator[Any, None, Any]:
        self._unawaited.used(id(self))
        return self._wait()

    def _wait(self) -> Generator[Any, None, Any]:
        if not self._call.is_done:
            future = self._calls.future(self._call)
            timer = self._set_timer(future)
            try:
                yield from future
            except BaseException:
                self._calls.drop(self._call)
                raise
            finally:
                if timer is not None:
                    timer.cancel()
            if not self._call.is_done:
                self._calls.drop(self._call)
        return self._value_of(self._call)

    def _set_timer(self, future: asyncio.Future[None]) -> asyncio.TimerHandle | None:
        if self._deadline is None:
            return None

        def end() -> None:
            if not future.done():
                future.set_result(None)

        # An answer that stands in the socket is taken before: the loop looks at its sockets first.
        return asyncio.get_running_loop().call_later(max(0.0, self._deadline - time.monotonic()), end)

    def send(self, value: Any) -> Any:
        """As a coroutine."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *arguments: Any) -> Any:
        """As a coroutine. One that was not begun has nobody to wait for its answer any more."""
        if self._steps is None:
            self._steps = self.__await__()
            self._calls.drop(self._call)
        return self._steps.throw(*arguments)

    def close(self) -> None:
        """As a coroutine."""
        if self._steps is None:
            self._unawaited.used(id(self))
            self._calls.drop(self._call)
        else:
            self._steps.close()

    def __del__(self) -> None:
        # Not there when the constructor was not reached.
        if "_unawaited" in self.__dict__:
            self._unawaited.gone(id(self))

    @property
    def advice(self) -> str:
        """How to get the value."""
        return f"write `await {self._label}(...)`, or {self._label}.sync(...) to block"

    def __repr__(self) -> str:
        return f"<{self._label}(...), started and not awaited>"

    def _not_awaited(self, *_arguments: Any, **_keywords: Any) -> Any:
        raise NotAwaitedError(f"{self._label}(...) gave an awaitable here, not its value: {self.advice}")

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
