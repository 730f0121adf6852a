"""Imports rendered modules and compares them with the bound tools, one JSON object a line."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import sys
import typing
from pathlib import Path


def check(folder: Path) -> None:
    path = folder / "api.py"
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.ClassDef, ast.Assign)
    for node in tree.body:
        assert isinstance(node, allowed), ast.dump(node)
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant)
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    names += [t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    assert len(names) == len(set(names)), sorted(names)
    definitions = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                assert isinstance(part, (ast.Expr, ast.FunctionDef, ast.AnnAssign, ast.Assign, ast.Pass))
                if isinstance(part, ast.FunctionDef):
                    assert (node.name, part.name) not in definitions
                    assert len(part.body) == 2, "docstring and dots"
                    definitions[node.name, part.name] = part

    spec = importlib.util.spec_from_file_location("api", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["api"] = module
    spec.loader.exec_module(module)
    assert not hasattr(sys, "caisson_broken"), "code was injected"
    for value in list(vars(module).values()):
        if typing.is_typeddict(value):
            typing.get_type_hints(value)

    for server in json.loads((folder / "servers.json").read_text(encoding="utf-8")):
        by_name = getattr(module, server["python"])
        by_class = getattr(module, server["class"])
        assert by_name is by_class is getattr(module.tools, server["python"])
        assert inspect.getdoc(by_name) == server["doc"], (inspect.getdoc(by_name), server["doc"])
        assert len({tool["python"] for tool in server["bound"]}) == len(server["bound"])
        for tool in server["bound"]:
            function = getattr(by_name, tool["python"])
            assert inspect.getdoc(function) == tool["doc"], (inspect.getdoc(function), tool["doc"])
            line = f"    def {tool['python']}{tool['signature']}:\n"
            assert line in source, line
            signature = inspect.signature(function)
            wanted = [p["python"] for p in tool["parameters"]]
            found = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
            assert [p.name for p in found] == wanted
            assert len({p["python"] for p in tool["parameters"]}) == len(wanted)
            for parameter, described in zip(found, tool["parameters"]):
                assert (parameter.default is inspect.Parameter.empty) == described["required"]
            hints = typing.get_type_hints(function)
            assert "return" in hints
            for parameter in found:
                assert parameter.name in hints
    del sys.modules["api"]


for line in sys.argv[1:]:
    try:
        check(Path(line))
    except Exception as error:
        print(f"{line}: {type(error).__name__}: {error}", file=sys.stderr)
        raise
print(f"checked {len(sys.argv) - 1}")
