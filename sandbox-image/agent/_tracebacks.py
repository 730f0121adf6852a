"""Tracebacks as the user should see them: their frames, and no others of ours."""

from __future__ import annotations

import asyncio
import os
import traceback

_AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
_ASYNCIO = os.path.dirname(os.path.abspath(asyncio.__file__)) + os.sep

# As much as the daemon keeps. It cuts by itself, but knows no end that is worth keeping.
TRACEBACK_CHARACTERS = 64 * 1024
MESSAGE_CHARACTERS = 16 * 1024
TYPE_CHARACTERS = 1024
_CUT = "\n[... cut ...]\n"


def is_of_agent(file_name: str) -> bool:
    """Whether code of this file is the agent's."""
    return file_name.startswith(_AGENT)


def describe_exception(error: BaseException) -> dict[str, str]:
    """Type, message and traceback, whatever the exception's own methods do."""
    return {
        "type": cut(_type_name(type(error)), TYPE_CHARACTERS),
        "message": cut(_message(error), MESSAGE_CHARACTERS),
        "traceback": cut(format_traceback(error), TRACEBACK_CHARACTERS),
    }


def format_traceback(error: BaseException) -> str:
    """The text that the interpreter would print, without the frames of the agent."""
    try:
        described = traceback.TracebackException.from_exception(error, compact=True)
        _trim(described, set())
        return "".join(described.format())
    except (Exception, RecursionError, MemoryError):
        return f"{cut(_type_name(type(error)), TYPE_CHARACTERS)}: {_message(error)}\n"


def _trim(described: traceback.TracebackException, seen: set[int]) -> None:
    if id(described) in seen:
        return
    seen.add(id(described))
    frames = described.stack
    if frames is not None:
        kept = [frame for frame in frames if not is_of_agent(frame.filename)]
        if len(kept) != len(frames):
            # Entered through the agent: then the loop that drives top-level await is ours as well.
            while kept and kept[0].filename.startswith(_ASYNCIO) and is_of_agent(frames[0].filename):
                kept.pop(0)
            frames[:] = kept
        if not frames:
            described.stack = None  # type: ignore[assignment]
    for other in (described.__cause__, described.__context__, *(described.exceptions or ())):
        if other is not None:
            _trim(other, seen)


def _type_name(kind: type[BaseException]) -> str:
    try:
        module = kind.__module__
        name = kind.__qualname__
        return str(name) if module in ("builtins", "__main__") else f"{module}.{name}"
    except BaseException:
        return "<an exception whose type cannot be named>"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as failure:
        return f"<the exception's text cannot be shown: {type(failure).__name__}>"


def cut(text: str, limit: int) -> str:
    """Keeps the beginning and the end, and makes lone surrogates readable."""
    half = (limit - len(_CUT)) // 2
    if len(text) > 2 * limit:
        text = text[:limit] + text[-limit:]
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= limit else text[:half] + _CUT + text[-half:]
