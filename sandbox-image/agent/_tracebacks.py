"""Tracebacks as the user should see them: their frames, and no others of ours."""

from __future__ import annotations

import asyncio
import os
import traceback

_AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
_ASYNCIO = os.path.dirname(os.path.abspath(asyncio.__file__)) + os.sep

# The interpreter's own code for telling groups would not come to an end with some.
_LARGEST_GROUP = 10_000
_CUT = "\n[... cut ...]\n"


def is_of_agent(file_name: str) -> bool:
    """Whether code of this file is the agent's."""
    return file_name.startswith(_AGENT)


def trimmed(error: BaseException) -> traceback.TracebackException | None:
    """What the interpreter would tell, without the frames of the agent; None when it could not."""
    try:
        if isinstance(error, BaseExceptionGroup) and _has_more_than(_LARGEST_GROUP, error):
            return None
        described = traceback.TracebackException.from_exception(error, compact=True)
        _trim(described, set())
        return described
    except (Exception, RecursionError, MemoryError):
        return None


def _has_more_than(limit: int, group: BaseException) -> bool:
    """Whether a group holds more exceptions, one that is in it twice counted twice, as they are told."""
    left = [group]
    count = 0
    while left and count <= limit:
        one = left.pop()
        count += 1
        if isinstance(one, BaseExceptionGroup):
            left.extend(one.exceptions[: limit + 1])
    return count > limit


def format_described(error: BaseException, described: traceback.TracebackException | None) -> str:
    """The text that the interpreter would print."""
    try:
        if described is not None:
            return "".join(described.format())
    except (Exception, RecursionError, MemoryError):
        pass
    return f"{type_of(error)}: {message_of(error)}\n"


def format_traceback(error: BaseException) -> str:
    """The same of an exception."""
    return format_described(error, trimmed(error))


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


def type_of(error: BaseException) -> str:
    """The name of its class, as tracebacks have it."""
    kind = type(error)
    try:
        module = kind.__module__
        name = kind.__qualname__
        return str(name) if module in ("builtins", "__main__") else f"{module}.{name}"
    except BaseException:
        return "<an exception whose type cannot be named>"


def message_of(error: BaseException) -> str:
    """Its text."""
    try:
        return str(error)
    except BaseException as failure:
        return f"<the exception's text cannot be shown: {type(failure).__name__}>"


def cut(text: str, limit: int) -> str:
    """Keeps the beginning and the end, and makes lone surrogates readable."""
    # A text of the code's own kind may encode itself as anything.
    text = str.__str__(text)
    half = (limit - len(_CUT)) // 2
    if len(text) > 2 * limit:
        text = text[:limit] + text[-limit:]
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= limit else text[:half] + _CUT + text[-half:]
