"""A small JSON Schema checker: enough to name the wrong argument before a call leaves.

It never refuses what it does not understand: the tool's own server has the last word. `pattern` and
`format` are not looked at, because the pattern is somebody else's and may take for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ._hints import advice, closest
from ._references import References

_DEPTH = 64
# A schema that refers to itself twice at each level would take for ever; past this nothing more is refused.
_STEPS = 100_000


class Problem(NamedTuple):
    """What is wrong, and where: names and indexes from the outermost value inwards."""

    path: tuple[str | int, ...]
    message: str


def find_problem(schema: Any, value: Any) -> Problem | None:
    """The first thing wrong with the value, if anything is."""
    return ArgumentCheck(schema).find_problem(value)


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

# What says more about the same object, all of it or one of it.
_APPLIED = ("allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas")


class ArgumentCheck:
    """The schema of a tool's arguments, and what it says of some."""

    def __init__(self, schema: Any) -> None:
        dialect = schema.get("$schema") if isinstance(schema, dict) else None
        # In a dialect of somebody's own the words may mean other things.
        is_known = not isinstance(dialect, str) or "json-schema.org/" in dialect
        self._root = schema if is_known else True
        self._references = References(self._root)

    def find_problem(self, arguments: Any) -> Problem | None:
        """The first thing wrong with the arguments, if anything is."""
        return self._find(self._root, arguments)

    def takes_null(self, name: str) -> bool:
        """Whether null may be the value of this argument."""
        properties = self._root.get("properties") if isinstance(self._root, dict) else None
        if not isinstance(properties, dict) or name not in properties:
            return True
        return self._find(properties[name], None) is None

    def may_have(self, name: str) -> bool:
        """Whether an argument of this name can be meant. Where the schema lists names, those only."""
        if not isinstance(self._root, dict):
            return True
        listed: set[str] = set()
        is_open = self._collect(self._root, listed, set())
        if self._root.get("additionalProperties") is False and not self._root.get("patternProperties"):
            return name in listed
        return is_open or not listed or name in listed

    def _collect(self, schema: Any, names: set[str], seen: set[int]) -> bool:
        """Adds the names that a schema lists; true when it invites others or is not understood."""
        if not isinstance(schema, dict) or id(schema) in seen:
            return False
        seen.add(id(schema))
        properties = schema.get("properties")
        names.update(properties if isinstance(properties, dict) else ())
        is_open = bool(schema.get("patternProperties") or schema.get("additionalProperties"))
        targets = list(self._targets(schema))
        is_open = is_open or True in targets
        for word in _APPLIED:
            inner = schema.get(word)
            if isinstance(inner, list):
                targets += inner
            elif isinstance(inner, dict):
                targets += inner.values() if word == "dependentSchemas" else [inner]
        for target in targets:
            is_open |= self._collect(target, names, seen)
        return is_open

    def _find(self, schema: Any, value: Any) -> Problem | None:
        return next(_Checker(self).problems(schema, value, (), 0), None)

    def _targets(self, schema: dict[str, Any]) -> Iterator[Any]:
        """What the schema refers to."""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield self._references.target(schema, reference)
        dynamic = schema.get("$dynamicRef")
        if isinstance(dynamic, str):
            yield self._references.dynamic_target(schema, dynamic)

    def followed(self, schema: dict[str, Any]) -> tuple[list[Any], bool]:
        """What the schema refers to, and whether that is all that it says."""
        return list(self._targets(schema)), self._references.is_old and isinstance(schema.get("$ref"), str)


class _Checker:
    """One look at one value."""

    def __init__(self, check: ArgumentCheck) -> None:
        self._check = check
        self._left = _STEPS

    def problems(self, schema: Any, value: Any, path: _Path, depth: int) -> Iterator[Problem]:
        self._left -= 1
        if self._left < 0:
            return
        if schema is False:
            yield Problem(path, "is not allowed")
        if not isinstance(schema, dict) or depth > _DEPTH:
            return
        targets, is_all = self._check.followed(schema)
        for target in targets:
            yield from self.problems(target, value, path, depth + 1)
        if is_all:
            return
        yield from _type_problems(schema, value, path)
        yield from _choice_problems(schema, value, path)
        yield from _size_problems(schema, value, path)
        if isinstance(value, dict):
            yield from self._object_problems(schema, value, path, depth)
        if isinstance(value, list | tuple):
            yield from self._array_problems(schema, value, path, depth)
        yield from self._combined_problems(schema, value, path, depth)

    def _object_problems(
        self, schema: dict[str, Any], value: dict[Any, Any], path: _Path, depth: int
    ) -> Iterator[Problem]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        for name in required if isinstance(required, list) else ():
            if isinstance(name, str) and name not in value:
                yield Problem((*path, name), "is missing")
        others = True if schema.get("patternProperties") else schema.get("additionalProperties", True)
        for name, item in value.items():
            if not isinstance(name, str):
                yield Problem(path, f"has the key {name!r}, which is not a text")
            elif name in properties:
                yield from self.problems(properties[name], item, (*path, name), depth + 1)
            elif others is False:
                hint = closest(name, properties, "known:", "none is")
                yield Problem((*path, name), f"is not a known property{hint}")
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
    checks = [_TYPES.get(name) if isinstance(name, str) else None for name in names]
    if None in checks:
        return
    if not any(check(value) for check in checks if check is not None):
        wanted = [str(name) for name in names]
        yield Problem(path, f"must be {' or '.join(wanted)}, not {type(value).__name__}{advice(value, wanted)}")


def _choice_problems(schema: dict[str, Any], value: Any, path: _Path) -> Iterator[Problem]:
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_same(value, choice) for choice in choices):
        shown = ", ".join(map(repr, choices[:20])) + (", …" if len(choices) > 20 else "")
        yield Problem(path, f"must be one of {shown}, not {_short(value)}")
    if "const" in schema and not _same(value, schema["const"]):
        yield Problem(path, f"must be {schema['const']!r}, not {_short(value)}")


def _same(value: Any, choice: Any) -> bool:
    """As JSON: a tuple is an array."""
    if isinstance(value, list | tuple) and isinstance(choice, list):
        return len(value) == len(choice) and all(map(_same, value, choice))
    if isinstance(value, dict) and isinstance(choice, dict):
        return value.keys() == choice.keys() and all(_same(value[key], choice[key]) for key in choice)
    return bool(value == choice) and isinstance(value, bool) == isinstance(choice, bool)


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
