"""Rendered modules in a run: their functions are the tools of whichever run imports them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from .daemon_double import Finished
from .test_async_tools import AwaitablesTest
from .test_tools import ToolCase

# What the daemon writes above the tools of a module.
_HEAD = (
    Path(__file__).resolve().parents[2] / "daemon/src/main/resources/dev/caisson/daemon/tools/module_head.py"
).read_text(encoding="utf-8")

_MODULE = (
    _HEAD
    + """

class MyMath:
    @_tool("my-math")
    @staticmethod
    def add(a: float, b: float) -> float:
        ...

    @_tool("my-math")
    @staticmethod
    def slow(n: int) -> int:
        ...

    @_tool("my-math")
    @staticmethod
    def raw(what: str) -> Any:
        ...

    @_tool("elsewhere")
    @staticmethod
    def gone() -> Any:
        ...


my_math = MyMath

add = MyMath.add


class tools:
    my_math = MyMath
"""
)

# In one line, so that the lines of the program keep their numbers.
_IMPORT = (
    f"import sys, types as _t; _m = _t.ModuleType('saved'); exec({_MODULE!r}, _m.__dict__); sys.modules['saved'] = _m; "
)


class _ModuleCase(ToolCase):
    names = "my_math"

    def run_code(self, source: str, **changes: Any) -> Finished:
        return super().run_code(f"{_IMPORT}from saved import {self.names}\n{dedent(source)}", **changes)


class AwaitablesOfModulesTest(_ModuleCase, AwaitablesTest):
    """All that is true of the run's own names."""

    # Its lines are those of a program that imports nothing.
    test_the_traceback_of_an_awaited_failure_is_the_users = None  # type: ignore[assignment]


class ModulesTest(_ModuleCase):
    names = "MyMath, add, my_math, tools"

    def test_every_name_of_a_module_is_the_tool(self) -> None:
        for way in (
            "add",
            "my_math.add",
            "MyMath.add",
            "tools.my_math.add",
            "add.sync",
            "add.with_options(timeout=30)",
        ):
            with self.subTest(way):
                self.assertEqual(5, self.value_of(f"{way}(2, b=3)"))
        self.assertEqual([3, []], self.value_of("a = add.with_content(1, 2)\n[a.value, a.content]"))

    def test_wrong_arguments_are_refused_as_ever(self) -> None:
        kind, message = self.error_of("add(1, c=2)")
        self.assertEqual("ToolArgumentError", kind)
        self.assertIn("my_math.add() has no argument 'c'; it has 'a', 'b'", message)

    def test_a_server_that_the_run_does_not_have_is_said(self) -> None:
        kind, message = self.error_of("MyMath.gone()")
        self.assertEqual("AttributeError", kind)
        self.assertIn("there is no tool server 'elsewhere'; there are 'weather', 'my_math', 'time', 'gone'", message)

    def test_what_was_not_awaited_is_said_with_the_line_of_the_program(self) -> None:
        finished = self.run_code("async def main():\n    add.aio(1, 2)\nimport asyncio\nasyncio.run(main())")
        self.assertIn("main.py:3: RuntimeWarning: my_math.add(...) was never awaited", finished.output)
