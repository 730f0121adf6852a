"""An exception that ended a run, as data: its frames, its chain, what it may have meant. Bounded."""

from __future__ import annotations

import difflib
import importlib.machinery
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from ._tracebacks import cut, format_described, message_of, trimmed, type_of

# As much as the daemon keeps, and in all less than the frame of a run's end holds however it is escaped.
TRACEBACK_CHARACTERS: Final = 64 * 1024
MESSAGE_CHARACTERS: Final = 16 * 1024
TYPE_CHARACTERS: Final = 1024
EXCEPTIONS: Final = 16
DEPTH: Final = 6
FRAMES: Final = 32
NOTES: Final = 8
SUGGESTIONS: Final = 3
NAME_CHARACTERS: Final = 300
NOTE_CHARACTERS: Final = 1000
OTHER_MESSAGE_CHARACTERS: Final = 2000
_BUDGET_CHARACTERS: Final = 64 * 1024

_MEANT = re.compile(r"Did you mean: '([^']+)'\?")
_FORGOTTEN = re.compile(r"[Dd]id you forget to import '([^']+)'\?")
# Names of modules that are looked at for a near one.
_CANDIDATES: Final = 20_000


def describe_exception(error: BaseException, servers: Iterable[str] = ()) -> dict[str, Any]:
    """Type, message and traceback, whatever the exception's own methods do, and what else can be told."""
    described = trimmed(error)
    further: dict[str, Any] = {}
    if described is not None:
        modules = _near_modules(error, servers)
        _mean(described, modules)
        try:
            further = _Details().describe(error, described, 0)
            if modules:
                further["suggestions"] = modules
        except (Exception, RecursionError, MemoryError):
            further = {}  # Exceptions of the code's own making may be anything.
    return {
        **further,
        "type": cut(type_of(error), TYPE_CHARACTERS),
        "message": cut(message_of(error), MESSAGE_CHARACTERS),
        "traceback": cut(format_described(error, described), TRACEBACK_CHARACTERS),
    }


class _Details:
    """Describes an exception and those it comes from, within one budget."""

    def __init__(self) -> None:
        self._left = _BUDGET_CHARACTERS
        self._exceptions = EXCEPTIONS

    def describe(self, error: BaseException, described: traceback.TracebackException, depth: int) -> dict[str, Any]:
        """What is not the type, the message and the traceback; of others all but the traceback."""
        self._exceptions -= 1
        details: dict[str, Any] = {}
        if depth:
            details["type"] = self._text(type_of(error), NAME_CHARACTERS)
            details["message"] = self._text(message_of(error), OTHER_MESSAGE_CHARACTERS)
        details |= self._frames(described)
        notes = getattr(error, "__notes__", None)
        if isinstance(notes, list | tuple) and notes:
            details["notes"] = [self._text(str(note), NOTE_CHARACTERS) for note in notes[:NOTES]]
        if isinstance(error, SyntaxError):
            details |= self._place(error)
        suggestions = _suggestions(described)
        if suggestions:
            details["suggestions"] = [self._text(name, NAME_CHARACTERS) for name in suggestions]
        return details | self._chain(error, described, depth)

    def _chain(self, error: BaseException, described: traceback.TracebackException, depth: int) -> dict[str, Any]:
        chain: dict[str, Any] = {}
        if described.__cause__ is not None and error.__cause__ is not None and self._goes_on(depth):
            chain["cause"] = self.describe(error.__cause__, described.__cause__, depth + 1)
        elif described.__suppress_context__:
            pass
        elif described.__context__ is not None and error.__context__ is not None and self._goes_on(depth):
            chain["context"] = self.describe(error.__context__, described.__context__, depth + 1)
        if isinstance(error, BaseExceptionGroup) and described.exceptions:
            group = list(zip(error.exceptions, described.exceptions, strict=False))
            told = [self.describe(*one, depth + 1) for one in group if self._goes_on(depth)]
            chain["exceptions"] = told
            if len(told) < len(error.exceptions):
                chain["exceptions_left_out"] = len(error.exceptions) - len(told)
        return chain

    def _goes_on(self, depth: int) -> bool:
        return depth < DEPTH and self._exceptions > 0 and self._left > 0

    def _frames(self, described: traceback.TracebackException) -> dict[str, Any]:
        stack = list(described.stack or ())
        left_out = max(0, len(stack) - FRAMES)
        if left_out:
            # Where it began and where it ended tell the most.
            stack = stack[: FRAMES // 2] + stack[-FRAMES // 2 :]
        frames = []
        for frame in stack:
            if self._left <= 0:
                left_out += 1
                continue
            told: dict[str, Any] = {
                "file": self._text(frame.filename, NAME_CHARACTERS),
                "line": frame.lineno if isinstance(frame.lineno, int) else 0,
                "function": self._text(frame.name, NAME_CHARACTERS),
            }
            if frame.line:
                told["source"] = self._text(frame.line.strip(), NAME_CHARACTERS)
            frames.append(told)
        return {"frames": frames, **({"frames_left_out": left_out} if left_out else {})}

    def _place(self, error: SyntaxError) -> dict[str, Any]:
        place: dict[str, Any] = {
            name: number
            for name, number in (
                ("line", error.lineno),
                ("column", error.offset),
                ("end_line", error.end_lineno),
                ("end_column", error.end_offset),
            )
            if type(number) is int and 0 <= number < 2**31
        }
        place["file"] = self._text(str(error.filename or ""), NAME_CHARACTERS)
        if isinstance(error.text, str):
            place["source"] = self._text(error.text.rstrip("\n"), NOTE_CHARACTERS)
        return {"place": place}

    def _text(self, text: str, limit: int) -> str:
        shown = cut(str(text), limit)
        self._left -= len(shown)
        return shown


def _suggestions(described: traceback.TracebackException) -> list[str]:
    """What the interpreter has put behind the message."""
    text = str(getattr(described, "_str", ""))
    forgotten = [f"import {name}" for name in _FORGOTTEN.findall(text[-NOTE_CHARACTERS:])]
    return (_MEANT.findall(text[-NOTE_CHARACTERS:]) + forgotten)[:SUGGESTIONS]


def _near_modules(error: BaseException, servers: Iterable[str]) -> list[str]:
    """The interpreter has words for misspelled names and attributes, and none for modules."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if type(name) is not str or not 0 < len(name) < NAME_CHARACTERS:
        return []
    try:
        return difflib.get_close_matches(name, _importable(name, servers), SUGGESTIONS, 0.7)
    except Exception:
        return []  # The code may have put anything into the path.


def _mean(described: traceback.TracebackException, names: list[str]) -> None:
    """Puts the names where the interpreter puts those that it knows."""
    if names and hasattr(described, "_str"):
        described._str += f". Did you mean: {' or '.join(map(repr, names))}?"


def _importable(name: str, servers: Iterable[str]) -> list[str]:
    """Names of modules beside `name`, or within its package."""
    package, dot, _last = name.rpartition(".")
    if dot:
        path = getattr(sys.modules.get(package), "__path__", ())
        return [f"{package}.{module.name}" for module in islice(pkgutil.iter_modules(path), _CANDIDATES)]
    found = {module.name for module in islice(pkgutil.iter_modules(_folders()), _CANDIDATES)}
    return [one for one in found | set(sys.stdlib_module_names) | set(servers) if not one.startswith("_")]


def _folders() -> list[str]:
    """The parts of the path that are read as files; an importer of the code's own is left alone."""
    return [
        folder
        for folder in sys.path
        if isinstance(folder, str)
        and isinstance(sys.path_importer_cache.get(folder), importlib.machinery.FileFinder | None)
    ]
