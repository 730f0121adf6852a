"""The last value as text and as JSON, both bounded: a huge value must not take the run down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ._protocol import JSON_DEPTH

_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"), ensure_ascii=False)
_NUMBERS = (int, float, bool)
_BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}


class Representation(NamedTuple):
    """A text, and whether it was cut."""

    text: str
    is_cut: bool


def bounded_repr(value: object, limit: int) -> Representation:
    """`repr`, stopped after `limit` bytes of UTF-8."""
    if type(value) in _NUMBERS and len(text := _safe_repr(value)) <= limit:
        return Representation(text, is_cut=False)
    pieces: list[str] = []
    size = 0
    for piece in _pieces(value, limit, frozenset()):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            break
    encoded = "".join(pieces).encode("utf-8", "backslashreplace")
    if len(encoded) <= limit:
        return Representation(encoded.decode("utf-8"), is_cut=False)
    return Representation(encoded[:limit].decode("utf-8", "ignore"), is_cut=True)


def _pieces(value: Any, limit: int, inside: frozenset[int]) -> Iterator[str]:
    """The parts of a repr one after the other, so that the rest need not be made."""
    kind = type(value)
    if kind in (str, bytes) and len(value) > limit:
        # The quote at the end is lost with the rest of it.
        yield repr(value[: limit + 1])
        return
    is_dict = getattr(kind, "__repr__", None) is dict.__repr__
    if not (is_dict or kind in _BRACKETS) or not value or len(inside) >= JSON_DEPTH:
        yield _safe_repr(value)
        return
    opening, closing = ("{", "}") if is_dict else _BRACKETS[kind]
    if id(value) in inside:
        yield f"{opening}...{closing}"
        return
    inside = inside | {id(value)}
    yield opening
    for index, item in enumerate(value.items() if is_dict else value):
        yield ", " if index else ""
        if is_dict:
            yield from _pieces(item[0], limit, inside)
            yield ": "
            yield from _pieces(item[1], limit, inside)
        else:
            yield from _pieces(item, limit, inside)
    yield ",)" if kind is tuple and len(value) == 1 else closing


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"<{type(value).__name__} object: its repr raised {type(error).__name__}>"


def json_value(value: object, limit: int) -> bytes:
    """The value as JSON text, or nothing when it is no JSON value or longer than `limit`."""
    if not _is_json(value, [limit], 0):
        return b""
    try:
        # What most runs of a session give; the encoder takes four times as long to be made.
        text = repr(value) if type(value) is int else _ENCODER.encode(value)
        result = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError, MemoryError):
        return b""
    return result if len(result) <= limit else b""


def _is_json(value: Any, budget: list[int], depth: int) -> bool:
    """Looks at no more parts than the limit could hold; a cycle meets the depth."""
    budget[0] -= len(value) + 2 if isinstance(value, str) else 1
    if budget[0] < 0 or depth > JSON_DEPTH:
        return False
    if value is None or isinstance(value, bool | int | float | str):
        return True
    if isinstance(value, dict):
        return all(
            isinstance(key, str) and _is_json(key, budget, depth + 1) and _is_json(item, budget, depth + 1)
            for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        return all(_is_json(item, budget, depth + 1) for item in value)
    return False
