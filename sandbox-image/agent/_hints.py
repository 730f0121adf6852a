"""What would have been right: the nearest names that there are, and how to write a value for JSON.

The names may be anybody's, and as many as they like: what is said of them is bounded.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

_SUGGESTIONS: Final = 3
_LISTED: Final = 20
_NAME_CHARACTERS: Final = 60
# Of more names only those are looked at that are written alike: the rest takes milliseconds.
_COMPARED: Final = 2_000
# Within a shorter name too much would be found.
_SHORTEST_PART: Final = 3


def closest(name: str, known: Iterable[str], listed: str, nothing: str) -> str:
    """The end of a message: `; did you mean 'a'?`, or all that there is, or that there is nothing."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near:
        return f"; did you mean {' or '.join(map(_shown, near))}?"
    if not names:
        return f"; {nothing}"
    return f"; {listed} {', '.join(map(_shown, names[:_LISTED]))}{', …' if len(names) > _LISTED else ''}"


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Names that are the same but for case and underscores, that look alike, or that hold this one."""
    if len(name) > _NAME_CHARACTERS:
        return []
    folded = _fold(name)
    alike = [one for one in names if folded and _fold(one[:_NAME_CHARACTERS]) == folded]
    if not alike and len(names) <= _COMPARED:
        alike = difflib.get_close_matches(name, [one for one in names if len(one) <= _NAME_CHARACTERS], _SUGGESTIONS)
    if not alike and len(folded) >= _SHORTEST_PART:
        alike = list(islice((one for one in names if folded in _fold(one[:_NAME_CHARACTERS])), _SUGGESTIONS))
    return alike[:_SUGGESTIONS]


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _shown(name: str) -> str:
    return repr(name if len(name) <= _NAME_CHARACTERS else name[: _NAME_CHARACTERS - 1] + "…")


# By the package of the value's class: asked this way nothing is imported.
_BY_PACKAGE: Final = {
    "datetime": "write its .isoformat()",
    "decimal": "write float(...) or str(...) of it",
    "fractions": "write float(...) of it",
    "pathlib": "write str(...) of it",
    "uuid": "write str(...) of it",
}
_LISTABLE: Final[tuple[type, ...]] = (set, frozenset, range, type({}.keys()), type({}.values()), type({}.items()))


def advice(value: Any, wanted: Iterable[str] = ()) -> str:
    """How the value would be written for JSON, as the end of a message; empty when that is not known.

    `wanted` are the names of JSON Schema's types.
    """
    advised = _of_other_type(value, frozenset(wanted)) or _of_python(value)
    return f"; {advised}" if advised else ""


def _of_other_type(value: Any, wanted: frozenset[str]) -> str:
    if isinstance(value, str) and len(value) < _NAME_CHARACTERS:
        if wanted & {"integer", "number"} and _is_number(value, only_whole="number" not in wanted):
            return f"write {value.strip()} without quotes"
        if "array" in wanted:
            return f"write [{value!r}]"
    if "string" in wanted and type(value) in (int, float):
        return f"write {str(value)!r}"
    return ""


def _is_number(text: str, only_whole: bool) -> bool:
    digits = text.strip().removeprefix("-")
    whole, dot, fraction = digits.partition(".")
    return digits.isascii() and whole.isdigit() and (not dot or (fraction.isdigit() and not only_whole))


def _of_python(value: Any) -> str:
    kind = type(value)
    package = str(getattr(kind, "__module__", "")).partition(".")[0]
    if isinstance(value, _LISTABLE) or kind.__name__ == "generator":
        return "write list(...) of it"
    if isinstance(value, bytes | bytearray | memoryview):
        return "write it as text, base64.b64encode(...).decode() if that is what the tool takes"
    if package in ("numpy", "pandas"):
        if hasattr(kind, "to_dict"):
            return "write its .to_dict()"
        return "write its .tolist()" if getattr(value, "shape", ()) else "write its .item()"
    return _BY_PACKAGE.get(package, "")
