"""What a program forgot to await: said on its standard error when it has ended, with tool and line."""

from __future__ import annotations

import types
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from inspect import CORO_CREATED, getcoroutinestate
from itertools import islice
from types import FrameType
from typing import Any, Final, NamedTuple

from ._calls import Call
from ._tracebacks import is_of_agent

_MOST_LINES: Final = 20
_MOST_LOOKED_AT: Final = 1_000
_MESSAGE_CHARACTERS: Final = 200


class _Note(NamedTuple):
    label: str
    file_name: str
    line: int
    call: Call


class Unawaited:
    """The awaitables of a run that nobody has used yet.

    Nothing is printed where one is found: it may be in the middle of anything, when the collector runs.
    """

    __slots__ = ("_is_over", "_lost", "_notes")

    def __init__(self) -> None:
        self._notes: dict[int, _Note] = {}
        self._lost: list[_Note] = []
        self._is_over = False

    def add(self, key: int, label: str, call: Call, frame: FrameType | None) -> None:
        """An awaitable was given to the code that runs in this frame."""
        while frame is not None and is_of_agent(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None and not self._is_over:
            self._notes[key] = _Note(label, frame.f_code.co_filename, frame.f_lineno, call)

    def used(self, key: int) -> None:
        """It was awaited."""
        self._notes.pop(key, None)

    def gone(self, key: int) -> None:
        """It does not exist any more, awaited or not."""
        note = self._notes.pop(key, None)
        if note is not None:
            self._lost.append(note)

    @property
    def is_empty(self) -> bool:
        """Whether every one was awaited."""
        return not self._notes and not self._lost

    def report(self, kept: bool) -> None:
        """At the end of the run. `kept`: those that still exist may be awaited yet, or never will for good reason."""
        self._is_over = True
        notes = [*self._lost, *(() if kept else self._notes.values())]
        self._notes.clear()
        told = Counter((note.label, note.file_name, note.line, _failure(note.call)) for note in notes)
        for (label, file_name, line, failure), count in islice(told.items(), _MOST_LINES):
            _warn(label, count, failure, file_name, line)


def _failure(call: Call) -> str:
    if not call.is_done or call.error is None:
        return ""
    message = call.error[1]
    shown = message if len(message) <= _MESSAGE_CHARACTERS else message[: _MESSAGE_CHARACTERS - 1] + "…"
    return f". The call failed: {shown}"


def report_coroutines(value: object, namespace: dict[str, Any] | None) -> None:
    """Coroutines of the program's own that were made and never started: the value, and what has a name.

    Without a namespace only the value: the names of a session stay for its next run. Those that are
    gone already the interpreter has reported.
    """
    found = {id(one): one for one in _coroutines([value, *(namespace or {}).values()])}
    told: Counter[tuple[str, str, int]] = Counter()
    for one in found.values():
        file_name, line = one.cr_code.co_filename, one.cr_code.co_firstlineno
        if one.cr_origin:
            file_name, line, _function = one.cr_origin[0]
        told[one.cr_code.co_name, file_name, line] += 1
        # So that the interpreter does not report it again.
        one.close()
    for (name, file_name, line), count in islice(told.items(), _MOST_LINES):
        _warn(name, count, "", file_name, line)


def _coroutines(values: Iterable[object]) -> Iterator[types.CoroutineType[Any, Any, Any]]:
    for value in values:
        inner: Iterable[object] = (value,)
        if type(value) in (list, tuple, set):
            inner = value  # type: ignore[assignment]
        elif type(value) is dict:
            inner = value.values()
        for one in islice(inner, _MOST_LOOKED_AT):
            if type(one) is types.CoroutineType and getcoroutinestate(one) == CORO_CREATED:
                yield one


def _warn(name: str, count: int, failure: str, file_name: str, line: int) -> None:
    times = f", {count} times" if count > 1 else ""
    message = f"{name}(...) was never awaited{times}: write `await {name}(...)`{failure}"
    warnings.warn_explicit(message, RuntimeWarning, file_name, line)
