"""Rules about a program's text: what they find, and that nothing of a refused program runs."""

from __future__ import annotations

import ast
import textwrap
import unittest

from agent._code_rules import CodeRefusedError, CodeRules

from .agent_case import AgentCase
from .specification import read


def found(source: str, **patterns: list[str]) -> list[tuple[int, str, str]]:
    """Line, kind and name of what is refused."""
    try:
        CodeRules(patterns).check(ast.parse(textwrap.dedent(source)))
    except CodeRefusedError as refused:
        return [(each.line, each.kind, each.name) for each in refused.findings]
    return []


class RulesTest(unittest.TestCase):
    def test_patterns_mean_what_the_daemon_means(self) -> None:
        for case in read("code-rules.json")["cases"]:
            with self.subTest(**case):
                rules = CodeRules({case["rules"]: [case["pattern"]]})
                self.assertEqual(case["refused"], rules.refuses(case["kind"], case["name"]))

    def test_every_way_to_write_an_import_is_one(self) -> None:
        for source in (
            "import a.b",
            "import a.b as c",
            "from a import b",
            "from a import b as c",
            "from a.b import c",
            "from a.b import *",
            "__import__('a.b')",
            "__import__(name='a.b')",
            "import importlib; importlib.import_module('a.b')",
            "from importlib import import_module as load; load('a.b')",
            "import importlib as i; i.__import__('a.b')",
            "def f():\n  import a.b",
        ):
            with self.subTest(source):
                self.assertIn("a.b", [name for _, kind, name in found(source, imports=["a.b"]) if kind == "import"])

    def test_a_module_refuses_what_is_below_it_and_nothing_beside(self) -> None:
        self.assertEqual([(1, "import", "os.path")], found("import os.path", imports=["os"]))
        self.assertEqual([], found("import osmium, posix", imports=["os"]))
        self.assertEqual([], found("from . import os", imports=["os"]))

    def test_a_builtin_is_found_under_an_alias_and_through_its_module(self) -> None:
        for source in (
            "eval('1')",
            "e = eval",
            "print(map(eval, []))",
            "import builtins; builtins.eval('1')",
            "import builtins as b; b.eval('1')",
            "from builtins import eval as e",
            "__builtins__.eval('1')",
            "eval.__call__('1')",
        ):
            with self.subTest(source):
                self.assertEqual([("builtin", "eval")], list({each[1:] for each in found(source, builtins=["eval"])}))

    def test_a_name_of_the_programs_own_is_no_builtin(self) -> None:
        self.assertEqual([], found("def open(path): ...\nopen('x')", builtins=["open"]))
        self.assertEqual([], found("door.open()", builtins=["open"]))

    def test_attributes_are_found_by_name_and_with_what_is_before_the_dot(self) -> None:
        self.assertEqual(
            [(1, "attribute", "(...).__class__"), (1, "attribute", "(...).__class__.__subclasses__")],
            found("().__class__.__subclasses__()", attributes=["__*__"]),
        )
        self.assertEqual(
            [(1, "attribute", "os.system")], found("import os as o; o.system('x')", attributes=["os.system"])
        )
        self.assertEqual([(1, "attribute", "os.system")], found("from os import system", attributes=["os.system"]))
        self.assertEqual([], found("x = system.os", attributes=["os.system"]))
        self.assertEqual(
            [(2, "attribute", "(...).__subclasses__")], found("f(\n).__subclasses__()", attributes=["*.__subclasses__"])
        )

    def test_the_first_ten_are_told_in_the_order_of_their_lines(self) -> None:
        source = "\n".join(["x = 1", *["eval"] * 20])
        self.assertEqual([(line, "builtin", "eval") for line in range(2, 12)], found(source, builtins=["eval"]))

    def test_a_program_nested_deeply_is_looked_through(self) -> None:
        self.assertEqual([(1, "builtin", "eval")], found("eval" + ".a" * 150, builtins=["eval"]))


class RefusedRunTest(AgentCase):
    def test_nothing_of_a_refused_program_runs(self) -> None:
        finished = self.run_code("print('here')\nimport socket\n", code={"imports": ["socket"]})

        self.assertEqual(
            {"how": "refused", "findings": [{"kind": "import", "name": "socket", "line": 2}]}, finished.ended
        )
        self.assertEqual("", finished.output)

    def test_a_program_that_is_not_refused_runs_as_ever(self) -> None:
        self.assertEqual("2\n", self.output_of("print(1 + 1)", code={"imports": ["socket"], "builtins": ["eval"]}))

    def test_an_error_of_syntax_stays_one(self) -> None:
        self.assertEqual(
            "SyntaxError", self.run_code("import socket\n1 +", code={"imports": ["socket"]}).exception["type"]
        )

    def test_code_that_is_made_later_is_not_looked_at(self) -> None:
        self.assertEqual(
            "True\n", self.output_of("exec('import so' + 'cket; print(bool(socket))')", code={"imports": ["socket"]})
        )
