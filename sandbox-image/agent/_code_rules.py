"""What the policy refuses in a program's text, looked for before anything of it runs.

Hygiene that tells honest code early and with a line. It is no wall: Python can spell anything in
another way, and the sandbox holds whatever a program spells. The daemon decides again about what is
found here.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

_MOST = 10
_NAME_CHARACTERS = 200
_BUILTINS = frozenset(vars(builtins))
# Stands for what is before a dot and is no name: `f().__class__` is `(...).__class__`.
_SOMETHING = "(...)"


class Finding(NamedTuple):
    """Something refused: "import", "builtin" or "attribute", what it is called, and where."""

    line: int
    kind: str
    name: str


class CodeRefusedError(Exception):
    """The program holds what the policy refuses; nothing of it ran."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} refused")
        self.findings = findings

    def describe(self) -> list[dict[str, Any]]:
        """As the channel carries it."""
        return [{"kind": found.kind, "name": found.name, "line": found.line} for found in self.findings]


class CodeRules:
    """The patterns of one policy; `*` stands for any characters, `?` for one."""

    def __init__(self, patterns: Mapping[str, list[str]]) -> None:
        self._imports = [_compiled(pattern) for pattern in patterns.get("imports", ())]
        self._builtins = [_compiled(pattern) for pattern in patterns.get("builtins", ())]
        self._attributes = [_compiled(pattern) for pattern in patterns.get("attributes", ())]

    def refuses(self, kind: str, name: str) -> bool:
        """Whether a rule refuses this; the same as the daemon's decision."""
        if kind == "import":
            steps = name.split(".")
            names = [".".join(steps[:end]) for end in range(1, len(steps) + 1)]
            return any(rule.fullmatch(each) for rule in self._imports for each in names)
        if kind == "builtin":
            return any(rule.fullmatch(name) for rule in self._builtins)
        steps = name.split(".")
        names = [".".join(steps[start:]) for start in range(len(steps))]
        return any(rule.fullmatch(each) for rule in self._attributes for each in names)

    def check(self, tree: ast.Module) -> None:
        """Raises CodeRefusedError with the first findings, in the order of their lines."""
        findings: dict[Finding, None] = {}
        for line, kind, name in _Finder(tree).places():
            if len(name) <= _NAME_CHARACTERS and self.refuses(kind, name):
                findings[Finding(line, kind, name)] = None
        if findings:
            raise CodeRefusedError(sorted(findings)[:_MOST])


@lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(text, re.DOTALL)


class _Finder:
    """Every import, use of a builtin and attribute of a program."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._modules: dict[str, str] = {}
        self._bound: set[str] = set()
        for node in self._nodes:
            self._bind(node)

    def _bind(self, node: ast.AST) -> None:
        """Names that the program gives something of its own, and names of modules."""
        match node:
            case ast.Import(names):
                for alias in names:
                    root = alias.name.partition(".")[0]
                    self._modules[alias.asname or root] = alias.name if alias.asname else root
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    self._modules[alias.asname or alias.name] = f"{module}.{alias.name}"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self._bound.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                self._bound.add(name)

    def places(self) -> Iterator[tuple[int, str, str]]:
        """Line, kind and name, in no order."""
        inner = {id(node.value) for node in self._nodes if isinstance(node, ast.Attribute)}
        for node in self._nodes:
            match node:
                case ast.Import(names):
                    for alias in names:
                        yield node.lineno, "import", alias.name
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    yield node.lineno, "import", module
                    for alias in names:
                        yield node.lineno, "import", f"{module}.{alias.name}"
                        yield from self._used(node.lineno, f"{module}.{alias.name}")
                case ast.Call():
                    yield from self._imported_by_call(node)
                case ast.Attribute():
                    # Of a.b.c the whole and each part: a rule may speak of either.
                    yield from self._used(node.end_lineno or node.lineno, self._dotted(node))
                case ast.Name(id=name, ctx=ast.Load()) if id(node) not in inner or name in _BUILTINS:
                    if name in self._modules:
                        yield from self._used(node.lineno, self._modules[name])
                    elif name in _BUILTINS and name not in self._bound:
                        yield node.lineno, "builtin", name

    def _used(self, line: int, dotted: str) -> Iterator[tuple[int, str, str]]:
        root, _, rest = dotted.partition(".")
        if rest and root in ("builtins", "__builtins__"):
            yield line, "builtin", rest.partition(".")[0]
        if rest:
            yield line, "attribute", dotted

    def _dotted(self, node: ast.expr) -> str:
        """`os.path.join`, an alias of a module undone; without names at its root `(...).join`."""
        steps: list[str] = []
        while isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            known = node.id in self._modules and node.id not in self._bound
            steps.append(self._modules[node.id] if known else node.id)
        else:
            steps.append(_SOMETHING)
        return ".".join(reversed(steps))

    def _imported_by_call(self, call: ast.Call) -> Iterator[tuple[int, str, str]]:
        """`__import__("x")` and `importlib.import_module("x")`, as far as the name stands there."""
        function = self._dotted(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
        if function.rpartition(".")[2] not in ("__import__", "import_module"):
            return
        given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield call.lineno, "import", value.value
