"""What is told of an exception beside its traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from agent import _exceptions
from agent._exceptions import describe_exception

from .agent_case import AgentCase
from .toolbox import SERVERS


class ExceptionsTest(AgentCase):
    def told(self, source: str, **changes: Any) -> dict[str, Any]:
        return self.run_code(source, **changes).exception

    def test_frames_are_the_programs_own_from_outermost_to_innermost(self) -> None:
        told = self.told("def inner():\n    return 1 / 0  # here\n\ninner()\n")
        self.assertEqual(
            [
                {"file": "main.py", "line": 4, "function": "<module>", "source": "inner()"},
                {"file": "main.py", "line": 2, "function": "inner", "source": "return 1 / 0  # here"},
            ],
            told["frames"],
        )
        self.assertNotIn("frames_left_out", told)

    def test_of_many_frames_the_first_and_the_last_are_told(self) -> None:
        told = self.told("def f(n):\n    if n: f(n - 1)\n    else: raise ValueError\nf(100)")
        self.assertEqual(_exceptions.FRAMES, len(told["frames"]))
        self.assertEqual(102 - _exceptions.FRAMES, told["frames_left_out"])
        self.assertEqual("f(100)", told["frames"][0]["source"])
        self.assertEqual("else: raise ValueError", told["frames"][-1]["source"])

    def test_the_cause_and_the_context_are_told(self) -> None:
        told = self.told("""
            try:
                try:
                    {}['a']
                except KeyError:
                    1 / 0
            except ZeroDivisionError as error:
                raise ValueError('no') from error
            """)
        self.assertEqual(("ZeroDivisionError", "division by zero"), (told["cause"]["type"], told["cause"]["message"]))
        self.assertEqual(("KeyError", "'a'"), (told["cause"]["context"]["type"], told["cause"]["context"]["message"]))
        self.assertEqual("{}['a']", told["cause"]["context"]["frames"][0]["source"])
        self.assertNotIn("context", told)

    def test_a_context_that_is_not_to_be_shown_is_not_told(self) -> None:
        told = self.told("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError from None")
        self.assertNotIn("context", told)

    def test_notes_are_told_and_bounded(self) -> None:
        told = self.told("e = ValueError()\nfor i in range(20): e.add_note(f'note {i}')\nraise e")
        self.assertEqual([f"note {i}" for i in range(_exceptions.NOTES)], told["notes"])

    def test_a_group_is_told_with_its_exceptions(self) -> None:
        told = self.told("raise ExceptionGroup('two', [ValueError(1), ExceptionGroup('in', [KeyError('k')])])")
        self.assertEqual(["ValueError", "ExceptionGroup"], [one["type"] for one in told["exceptions"]])
        self.assertEqual("'k'", told["exceptions"][1]["exceptions"][0]["message"])

    def test_a_wide_and_deep_group_is_bounded(self) -> None:
        told = self.told("""
            group = ValueError('x' * 3000)
            for depth in range(3):
                group = ExceptionGroup(f'depth {depth}', [group] * 20)
            raise group
            """)

        def count(one: dict[str, Any]) -> int:
            return 1 + sum(map(count, one.get("exceptions", ())))

        self.assertLessEqual(count(told), _exceptions.EXCEPTIONS)
        self.assertGreater(told["exceptions_left_out"], 0)

    def test_a_group_that_nobody_could_tell_is_named(self) -> None:
        told = self.told("""
            group = ValueError()
            for depth in range(30):
                group = ExceptionGroup('many', [group] * 20)
            raise group
            """)
        self.assertEqual("ExceptionGroup: many (20 sub-exceptions)\n", told["traceback"])

    def test_a_long_chain_is_bounded(self) -> None:
        told = self.told("""
            def chain(n):
                try:
                    if n: chain(n - 1)
                    1 / 0
                except Exception as error:
                    raise ValueError(n) from error
            chain(50)
            """)
        depth = 0
        while "cause" in told:
            told, depth = told["cause"], depth + 1
        self.assertEqual(_exceptions.DEPTH, depth)

    def test_a_cycle_ends(self) -> None:
        told = self.told("a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a")
        self.assertEqual("b", told["cause"]["message"])

    def test_a_syntax_error_has_its_place_and_the_marker(self) -> None:
        told = self.told("x = 1\nprint('a' b)\n", file_name="main.py")
        place = told["place"]
        self.assertEqual(("main.py", 2, 7), (place["file"], place["line"], place["column"]))
        self.assertEqual("print('a' b)", place["source"])
        self.assertIn("    print('a' b)\n          ^^^^^\n", told["traceback"])

    def test_hostile_places_are_left_out(self) -> None:
        told = self.told("e = SyntaxError('x')\ne.lineno, e.offset, e.text = 'a', -1, 7\nraise e")
        self.assertEqual({"file": ""}, told["place"])

    def test_a_module_that_is_not_there_has_the_nearest_that_are(self) -> None:
        told = self.told("import jsn")
        self.assertEqual("json", told["suggestions"][0])
        self.assertTrue(told["traceback"].rstrip().endswith("?"), told["traceback"])
        self.assertIn("No module named 'jsn'. Did you mean: 'json'", told["traceback"])
        self.assertEqual("No module named 'jsn'", told["message"])
        self.assertNotIn("suggestions", self.told("import qqqqqqqqqq"))

    def test_tool_servers_and_files_of_the_program_are_modules_too(self) -> None:
        self.assertIn("weather", self.told("import wheather", servers=SERVERS)["suggestions"])
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "my_helpers.py").touch()
            told = self.told(f"import sys; sys.path.insert(0, {folder!r})\nimport my_helper")
        self.assertEqual(["my_helpers"], told["suggestions"])
        self.assertIn("email.message", self.told("import email.mesage")["suggestions"])

    def test_exceptions_of_the_codes_own_making_harm_nobody(self) -> None:
        for body in (
            "def __str__(self): raise SystemExit",
            "__notes__ = property(lambda self: 1 / 0)",
            "__notes__ = [type('N', (), {'__str__': lambda self: 1 / 0})()]",
            "__cause__ = 7",
            "__class__ = property(lambda self: 1 / 0)",
        ):
            with self.subTest(body):
                told = self.told(f"class Odd(Exception):\n    {body}\nraise Odd()")
                self.assertIn("Odd", told["type"] + told["message"])

    def test_all_of_it_is_bounded(self) -> None:
        told = self.told("""
            name = '\\U0001F600' * 5000
            exec(compile(f'def f(n):\\n  if n: f(n - 1)\\n  raise ValueError("x" * 100_000)', name, 'exec'))
            def chain(n):
                try:
                    if n: chain(n - 1)
                    f(50)
                except Exception as error:
                    error.add_note(name)
                    raise ValueError(name) from error
            chain(10)
            """)
        size = len(str({key: value for key, value in told.items() if key not in ("traceback", "message")}))
        self.assertLess(size, 80_000)

    def test_an_odd_path_costs_nothing(self) -> None:
        self.addCleanup(self.renew)
        self.assertEqual("json", self.told("import sys; sys.path = [7, 'x', None]\nimport jsn")["suggestions"][0])

    def test_a_name_that_is_no_text_is_no_module(self) -> None:
        self.assertNotIn("suggestions", describe_exception(ModuleNotFoundError(name=7)))  # type: ignore[arg-type]
