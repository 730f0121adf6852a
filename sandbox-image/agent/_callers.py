"""Whether the code that calls a tool wants an awaitable or the value: read from its frame."""

from __future__ import annotations

import inspect
from types import CodeType, FrameType

from ._asyncio import LISTING, takes_awaitables
from ._program import Program, Span

_ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
# Code inside of a function that belongs to the function around it.
_TRANSPARENT = frozenset({"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>", "<lambda>"})


class Callers:
    """Answers for one program."""

    def __init__(self, program: Program) -> None:
        self._awaits = program.awaits
        self._top = tuple(code for code in (program.body, program.value) if code is not None)
        self._parents: dict[CodeType, CodeType] | None = None
        self._known: dict[tuple[CodeType, int], bool] = {}
        self._taken = program.taken
        self._takers: dict[tuple[CodeType, int], tuple[str, ...]] | None = None

    def want_awaitable(self, frame: FrameType) -> bool:
        """In an `async def`, under an `await` at top level, or as what a function of asyncio takes."""
        return self._is_asynchronous(frame) or frame.f_code is LISTING or self._is_taken(frame)

    def _is_taken(self, frame: FrameType) -> bool:
        if not self._taken:
            return False
        if self._takers is None:
            self._takers = {}
        key = (frame.f_code, frame.f_lasti)
        way = self._takers.get(key)
        if way is None:
            # Of this program only: in other files the same place is another one.
            is_ours = frame.f_code in self._top or self._parent(frame.f_code) is not None
            position = _position(frame) if is_ours else None
            way = self._takers[key] = self._taken.get(position.end, ()) if position else ()
        return bool(way) and takes_awaitables(frame, way)

    def _is_asynchronous(self, frame: FrameType) -> bool:
        code = frame.f_code
        if code.co_name not in _TRANSPARENT and code not in self._top:
            return bool(code.co_flags & _ASYNC)
        key = (code, frame.f_lasti)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._look(frame)
        return known

    def _look(self, frame: FrameType) -> bool:
        code: CodeType | None = frame.f_code
        while code is not None and code.co_name in _TRANSPARENT:
            if code.co_flags & _ASYNC:
                return True
            code = self._parent(code)
        if code is None:
            # Not the program's own code: the frame that runs it is as near as one gets.
            caller = frame.f_back
            while caller is not None and caller.f_code.co_name in _TRANSPARENT:
                caller = caller.f_back
            return caller is not None and bool(caller.f_code.co_flags & _ASYNC)
        if code in self._top:
            return self._is_under_await(frame)
        return bool(code.co_flags & _ASYNC)

    def _is_under_await(self, frame: FrameType) -> bool:
        if not self._awaits:
            return False
        position = _position(frame)
        return position is not None and any(
            span.start <= position.start and position.end <= span.end for span in self._awaits
        )

    def _parent(self, code: CodeType) -> CodeType | None:
        if self._parents is None:
            self._parents = {}
            pending = list(self._top)
            while pending:
                parent = pending.pop()
                children = [constant for constant in parent.co_consts if isinstance(constant, CodeType)]
                self._parents.update((child, parent) for child in children)
                pending += children
        return self._parents.get(code)


def _position(frame: FrameType) -> Span | None:
    for index, (line, end_line, column, end_column) in enumerate(frame.f_code.co_positions()):
        if index == frame.f_lasti // 2:
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return Span((line, column), (end_line, end_column))
    return None
