"""Where the references of a JSON Schema lead, within that schema: nothing is fetched.

What leads out of it, or to more than one place, leads to `True`: a schema that takes anything.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote, urljoin

# What holds schemas by names of somebody else's choosing, and what holds no schemas at all.
_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_DATA: Final = frozenset({"const", "enum", "default", "examples", "example", "required", "type"})
# An index that a list can have.
_DIGITS: Final = re.compile(r"[0-9]{1,9}")


class References:
    """The places of one schema that something may refer to, found when the first reference is followed."""

    def __init__(self, root: Any) -> None:
        self._root = root
        dialect = root.get("$schema") if isinstance(root, dict) else None
        # Up to draft 7 what stands beside a `$ref` does not count.
        self.is_old = isinstance(dialect, str) and "/draft-0" in dialect
        self._is_read = False
        self._resources: dict[str, Any] = {}  # by address, without a fragment
        self._addresses: dict[int, str] = {}  # of each part: the address of the resource it is in
        self._anchors: dict[tuple[str, str], list[Any]] = {}
        self._dynamic: dict[str, int] = {}  # how many parts have this dynamic anchor
        self._only_address: str | None = None

    def target(self, schema: dict[str, Any], reference: str) -> Any:
        """What a `$ref` within `schema` stands for."""
        self._read()
        address = self._address(schema)
        place, _, fragment = reference.partition("#")
        try:
            address = urljoin(address, place) if place and address is not None else (place or address)
            fragment = unquote(fragment, errors="strict")
        except ValueError:
            return True
        if address is None or address not in self._resources:
            return True
        resource = self._resources[address]
        if not fragment:
            return resource
        return _at(resource, fragment) if fragment.startswith("/") else self._anchored(address, fragment)

    def dynamic_target(self, schema: dict[str, Any], reference: str) -> Any:
        """What a `$dynamicRef` stands for, where that does not depend on the way that led to it."""
        found = self.target(schema, reference)
        name = found.get("$dynamicAnchor") if isinstance(found, dict) else None
        is_meant = isinstance(name, str) and reference.endswith("#" + name)
        return True if is_meant and self._dynamic.get(str(name), 0) > 1 else found

    def _anchored(self, address: str, name: str) -> Any:
        found = self._anchors.get((address, name), ())
        return found[0] if len(found) == 1 else True

    def _address(self, schema: dict[str, Any]) -> str | None:
        """Of the resource that the part is in. Where there is but one it is that, whatever the part."""
        return self._addresses.get(id(schema), self._only_address)

    def _read(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        self._resources[""] = self._root
        pending = [(self._root, "")]
        while pending:
            part, address = pending.pop()
            if isinstance(part, list):
                pending += [(item, address) for item in part]
            elif isinstance(part, dict):
                address = self._note(part, address)
                pending += [(inner, address) for inner in _parts_of(part)]
        addresses = set(self._addresses.values())
        self._only_address = addresses.pop() if len(addresses) == 1 else None

    def _note(self, part: dict[str, Any], address: str) -> str:
        own = None if self.is_old and "$ref" in part else part.get("$id")
        if isinstance(own, str) and own.startswith("#"):  # an anchor, up to draft 7
            self._anchors.setdefault((address, own[1:]), []).append(part)
        elif isinstance(own, str):
            try:
                address = urljoin(address, own).partition("#")[0]
            except ValueError:
                address = own
            # Two of one address: nobody can say which is meant.
            self._resources[address] = True if self._resources.get(address, part) is not part else part
        self._addresses[id(part)] = address
        for word in ("$anchor", "$dynamicAnchor"):
            name = part.get(word)
            if isinstance(name, str):
                self._anchors.setdefault((address, name), []).append(part)
                if word == "$dynamicAnchor":
                    self._dynamic[name] = self._dynamic.get(name, 0) + 1
        return address


def _parts_of(schema: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for word, inner in schema.items():
        if word in _MAPS and isinstance(inner, dict):
            found += inner.values()
        elif word not in _DATA:
            found.append(inner)
    return found


def _at(resource: Any, pointer: str) -> Any:
    """The schema at a JSON pointer."""
    found = resource
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and _DIGITS.fullmatch(step) and int(step) < len(found):
            found = found[int(step)]
        else:
            return True
    return found
