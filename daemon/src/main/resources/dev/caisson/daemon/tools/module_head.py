# Made by Caisson from the tools of MCP servers.
# pyright: strict, reportUnusedImport=false, reportUnusedClass=false, reportUnusedFunction=false
# pyright: reportNoOverloadImplementation=false, reportOverlappingOverload=false
# pyright: reportSelfClsParameterName=false
# mypy: disable-error-code="empty-body,no-overload-impl,overload-overlap,misc"
"""The tools of a run, as its code sees them.

Each server is there by its name and in class style, and as an attribute of `tools`. In ordinary
code a call blocks and gives its value; in an `async def` it gives an awaitable that has started
already. `.sync(...)` and `.aio(...)` of a tool force either, which is also what type checkers
understand. `.with_options(timeout=30)(...)` bounds a call in seconds, `.with_content(...)` gives
images and links beside the value. Objects are dicts whose items are attributes as well. A failing
tool raises ToolError, a late one ToolTimeoutError, wrong arguments ToolArgumentError. In a run,
`help` of a tool says more.
"""

from __future__ import annotations

import builtins as _builtins
import functools as _functools
import sys as _sys
import typing as _typing
from collections import abc as _abc
from typing import Any, Literal, NotRequired, TypedDict

_P = _typing.ParamSpec("_P")
_R = _typing.TypeVar("_R")
_V = _typing.TypeVar("_V")


class _Object(dict[str, Any]):
    """What a tool gives: a dict whose items are attributes as well."""

    if _typing.TYPE_CHECKING:

        # Mypy takes the first form of __getitem__ for the only one when it unpacks a dict into another.
        def keys(self) -> Any: ...


class _Record(dict[str, _V]):
    """The same with any keys."""

    if _typing.TYPE_CHECKING:

        def __getattr__(self, name: str) -> _V: ...


class _Answer(_typing.Generic[_R]):
    """What `.with_content` gives: the value, and all blocks of content one by one."""

    value: _R
    content: list[Any]
    is_structured: bool
    meta: Any


def _of_run(what: str) -> Any:
    tools: Any = getattr(_sys.modules.get("caisson"), "tools", None)
    if tools is None:
        raise RuntimeError(f"{what}() is there in a run of Caisson only, such as one of `caisson run --servers`")
    return tools


class _Tool(_typing.Generic[_P, _R]):
    """A function that is the tool of that name in whichever run calls it."""

    def __init__(self, function: _abc.Callable[_P, _R], server: str) -> None:
        _functools.update_wrapper(self, function)
        self._server = server
        self._name: str = getattr(function, "__name__")
        self._label: str = getattr(function, "__qualname__")

    def _found(self) -> Any:
        return getattr(getattr(_of_run(self._label), self._server), self._name)

    def __call__(self, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        value: _R = self._found().for_caller(args, kwargs)
        return value

    def sync(self, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Calls, waits, and gives the value."""
        value: _R = self._found().sync(*args, **kwargs)
        return value

    def aio(self, /, *args: _P.args, **kwargs: _P.kwargs) -> _abc.Awaitable[_R]:
        """Calls and gives an awaitable."""
        value: _abc.Awaitable[_R] = self._found().aio_for_caller(args, kwargs)
        return value

    def with_options(self, *, timeout: float | None = None) -> _Tool[_P, _R]:
        """The same tool with options for its calls; `timeout` is in seconds."""
        tool: _Tool[_P, _R] = self._found().with_options(timeout=timeout)
        return tool

    @property
    def with_content(self) -> _Tool[_P, _Answer[_R]]:
        """The same tool, giving all that it answers."""
        tool: _Tool[_P, _Answer[_R]] = self._found().with_content
        return tool


def _tool(server: str) -> _abc.Callable[[_abc.Callable[_P, _R]], _Tool[_P, _R]]:
    return lambda function: _Tool(function, server)
