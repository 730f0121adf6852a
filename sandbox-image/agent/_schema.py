"""A small JSON Schema checker: enough to name the wrong argument before a call leaves.

It never refuses what it does not understand: the tool's own server has the last word. `pattern` and
`format` are not looked at, because the pattern is somebody else's and may take for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_DEPTH = 64


class Problem(NamedTuple):
    """What is wrong, and where: names and indexes from the outermost value inwards."""

    path: tuple[str | int, ...]
    message: str


def find_problem(schema: Any, value: Any) -> Problem | None:
    """The first thing wrong with the value, if anything is."""
    return next(_Checker(schema).problems(schema, value, (), 0), None)


_Path = tuple[str | int, ...]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, dict),
}


class _Checker:
    def __init__(self, root: Any) -> None:
        self._root = root

    def problems(self, schema: Any, value: Any, path: _Path, depth: int) -> Iterator[Problem]:
        if schema is False:
            yield Problem(path, "is not allowed")
        if not isinstance(schema, dict) or depth > _DEPTH:
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield from self.problems(self._resolve(reference), value, path, depth + 1)
        yield from _type_problems(schema, value, path)
        yield from _choice_problems(schema, value, path)
        yield from _size_problems(schema, value, path)
        if isinstance(value, dict):
            yield from self._object_problems(schema, value, path, depth)
        if isinstance(value, list | tuple):
            yield from self._array_problems(schema, value, path, depth)
        yield from self._combined_problems(schema, value, path, depth)

    def _resolve(self, reference: str) -> Any:
        """A definition inside of this schema; what is elsewhere is not fetched."""
        if not reference.startswith("#"):
            return True
        found = self._root
        for step in reference[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or step not in found:
                return True
            found = found[step]
        return found

    def _object_problems(
        self, schema: dict[str, Any], value: dict[Any, Any], path: _Path, depth: int
    ) -> Iterator[Problem]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        for name in required if isinstance(required, list) else ():
            if name not in value:
                yield Problem((*path, name), "is missing")
        others = True if schema.get("patternProperties") else schema.get("additionalProperties", True)
        for name, item in value.items():
            if not isinstance(name, str):
                yield Problem(path, f"has the key {name!r}, which is not a text")
            elif name in properties:
                yield from self.problems(properties[name], item, (*path, name), depth + 1)
            elif others is False:
                known = ", ".join(properties) or "none"
                yield Problem((*path, name), f"is not a known property; known: {known}")
            else:
                yield from self.problems(others, item, (*path, name), depth + 1)

    def _array_problems(self, schema: dict[str, Any], value: Any, path: _Path, depth: int) -> Iterator[Problem]:
        prefix = schema.get("prefixItems")
        prefix = prefix if isinstance(prefix, list) else []
        rest = schema.get("items", True)
        for index, item in enumerate(value):
            rule = prefix[index] if index < len(prefix) else rest
            yield from self.problems(rule, item, (*path, index), depth + 1)

    def _combined_problems(self, schema: dict[str, Any], value: Any, path: _Path, depth: int) -> Iterator[Problem]:
        for rule in _list(schema, "allOf"):
            yield from self.problems(rule, value, path, depth + 1)
        for word in ("anyOf", "oneOf"):
            rules = _list(schema, word)
            # Of oneOf, too, one that fits is enough: which of two is meant is not for us to say.
            firsts = [next(self.problems(rule, value, path, depth + 1), None) for rule in rules]
            if rules and None not in firsts:
                deepest = max((first for first in firsts if first), key=lambda first: len(first.path))
                if len(deepest.path) > len(path):
                    yield deepest
                else:
                    yield Problem(path, " or ".join(dict.fromkeys(first.message for first in firsts if first)))


def _list(schema: dict[str, Any], word: str) -> list[Any]:
    rules = schema.get(word)
    return rules if isinstance(rules, list) else []


def _type_problems(schema: dict[str, Any], value: Any, path: _Path) -> Iterator[Problem]:
    types = schema.get("type")
    names = [types] if isinstance(types, str) else types
    if not isinstance(names, list) or not names:
        return
    checks = [_TYPES.get(name) for name in names if isinstance(name, str)]
    if None in checks or not checks:
        return
    if not any(check(value) for check in checks if check is not None):
        yield Problem(path, f"must be {' or '.join(map(str, names))}, not {type(value).__name__}")


def _choice_problems(schema: dict[str, Any], value: Any, path: _Path) -> Iterator[Problem]:
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_same(value, choice) for choice in choices):
        shown = ", ".join(map(repr, choices[:20])) + (", …" if len(choices) > 20 else "")
        yield Problem(path, f"must be one of {shown}, not {_short(value)}")
    if "const" in schema and not _same(value, schema["const"]):
        yield Problem(path, f"must be {schema['const']!r}, not {_short(value)}")


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else type(value).__name__
    return text if len(text) <= 80 else text[:77] + "..."


def _size_problems(schema: dict[str, Any], value: Any, path: _Path) -> Iterator[Problem]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bound_problems(
            schema, value, path, ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), ""
        )
    elif isinstance(value, str):
        yield from _bound_problems(schema, len(value), path, ("minLength", "maxLength"), " characters long")
    elif isinstance(value, list | tuple):
        yield from _bound_problems(schema, len(value), path, ("minItems", "maxItems"), " items long")
    elif isinstance(value, dict):
        yield from _bound_problems(schema, len(value), path, ("minProperties", "maxProperties"), " properties big")


def _bound_problems(
    schema: dict[str, Any], size: float, path: _Path, words: tuple[str, ...], unit: str
) -> Iterator[Problem]:
    for word in words:
        bound = schema.get(word)
        if not isinstance(bound, int | float) or isinstance(bound, bool):
            continue
        if word == "exclusiveMinimum" and not size > bound:
            yield Problem(path, f"must be greater than {bound}, not {size}")
        elif word == "exclusiveMaximum" and not size < bound:
            yield Problem(path, f"must be less than {bound}, not {size}")
        elif word.startswith("min") and size < bound:
            yield Problem(path, f"must be at least {bound}{unit}, not {size}")
        elif word.startswith("max") and size > bound:
            yield Problem(path, f"must be at most {bound}{unit}, not {size}")
