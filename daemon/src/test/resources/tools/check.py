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
    head = (HEAD / "module_head.py").read_text(encoding="utf-8")
    assert source.startswith(head)
    own = [node for node in tree.body if node.lineno > head.count("\n")]
    allowed = (ast.Expr, ast.ClassDef, ast.Assign)
    for node in own:
        assert isinstance(node, allowed), ast.dump(node)
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant)
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    names += [t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    assert len(names) == len(set(names)), sorted(names)
    definitions = {}
    for node in own:
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                assert isinstance(part, (ast.Expr, ast.FunctionDef, ast.AnnAssign, ast.Assign, ast.Pass, ast.If))
                if isinstance(part, ast.If):
                    assert ast.unparse(part.test) == "_typing.TYPE_CHECKING"
                    assert all(isinstance(method, ast.FunctionDef) for method in part.body)
                if isinstance(part, ast.FunctionDef):
                    assert (node.name, part.name) not in definitions
                    assert node.name == "tools" or len(part.body) == 2, "docstring and dots"
                    definitions[node.name, part.name] = part

    spec = importlib.util.spec_from_file_location("api", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["api"] = module
    spec.loader.exec_module(module)
    assert not hasattr(sys, "caisson_broken"), "code was injected"
    for value in list(vars(module).values()):
        if typing.is_typeddict(value) or (isinstance(value, type) and issubclass(value, module._Object)):
            typing.get_type_hints(value)

    for server in json.loads((folder / "servers.json").read_text(encoding="utf-8")):
        by_name = getattr(module, server["python"])
        by_class = getattr(module, server["class"])
        assert by_name is by_class is getattr(module.tools, server["python"])
        assert inspect.getdoc(by_name) == server["doc"], (inspect.getdoc(by_name), server["doc"])
        assert len({tool["python"] for tool in server["bound"]}) == len(server["bound"])
        for tool in server["bound"]:
            function = getattr(by_name, tool["python"])
            # The module's documentation is the short one; both begin with the same words.
            first = (inspect.getdoc(function) or "").partition("\n")[0].partition(" [")[0].rstrip("…")
            assert " ".join(tool["doc"].split()).startswith(first[:150]), (first, tool["doc"])
            assert f"    def {tool['python']}(" in source
            assert function.__name__ == tool["python"]
            try:
                function()
            except RuntimeError as error:
                assert str(error).endswith("() is there in a run of Caisson only, such as one of `caisson run --servers`")
            else:
                raise AssertionError("a tool was called outside of a run")
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


HEAD = Path(sys.argv[1])

for line in sys.argv[2:]:
    try:
        check(Path(line))
    except Exception as error:
        print(f"{line}: {type(error).__name__}: {error}", file=sys.stderr)
        raise
print(f"checked {len(sys.argv) - 2}")
