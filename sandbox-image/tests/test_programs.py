"""How a program runs and how its end is told."""

from __future__ import annotations

import json
import textwrap
from typing import Any, ClassVar

from .agent_case import AgentCase


class ValuesTest(AgentCase):
    def value_of(self, source: str, **changes: Any) -> tuple[str | None, bytes]:
        finished = self.run_code(source, **changes)
        assert finished.ended is not None, finished
        self.assertEqual("completed", finished.ended["how"], finished.ended)
        return finished.ended.get("value_repr"), finished.value

    def test_exit_handlers_of_what_the_agent_has_imported_are_run_when_the_program_ends(self) -> None:
        self.renew()
        source = """
            import logging.handlers, sys
            last = logging.StreamHandler(sys.stdout)
            logging.getLogger().addHandler(logging.handlers.MemoryHandler(100, target=last))
            logging.warning("kept until the end")
            print("the end")
            """
        self.assertEqual("the end\nkept until the end\n", self.output_of(source))

    def test_nothing_of_the_rehearsal_is_left_for_the_first_run(self) -> None:
        source = """
            import linecache, sys
            print([name for name in linecache.cache if "rehearsal" in name], sys.argv)
            print([name for name in dir() if not name.startswith("__")])
            """
        with self.new_daemon() as daemon:
            finished = daemon.run(textwrap.dedent(source))
        self.assertEqual("[] ['main.py']\n['linecache', 'sys']\n", finished.output)

    def test_the_last_expression_is_the_value(self) -> None:
        self.assertEqual(("42", b"42"), self.value_of("x = 6\nx * 7"))
        self.assertEqual(("'é'", '"é"'.encode()), self.value_of("'é'"))

    def test_a_statement_or_none_has_no_value(self) -> None:
        for source in ("x = 1", "", "None", "# nothing", "def f(): return 1", "if True:\n    5"):
            with self.subTest(source):
                self.assertEqual((None, b""), self.value_of(source))

    def test_a_value_that_json_cannot_say_has_only_its_repr(self) -> None:
        self.assertEqual(("{1}", b""), self.value_of("{1}"))
        self.assertEqual(("nan", b""), self.value_of("float('nan')"))
        self.assertEqual(("[inf]", b""), self.value_of("[float('inf')]"))
        self.assertEqual(("{1: 2}", b""), self.value_of("{1: 2}"))

    def test_a_value_is_json_with_its_structure(self) -> None:
        _, value = self.value_of("{'a': [1, 2.5, None, True, 'x'], 'b': (1, 2)}")
        self.assertEqual({"a": [1, 2.5, None, True, "x"], "b": [1, 2]}, json.loads(value))

    def test_a_huge_value_is_cut(self) -> None:
        finished = self.run_code("list(range(1_000_000))", repr_bytes=100, value_bytes=1000)
        assert finished.ended is not None
        self.assertTrue(finished.ended["value_repr_cut"])
        self.assertEqual(100, len(finished.ended["value_repr"]))
        self.assertEqual(b"", finished.value)

    def test_a_value_whose_repr_raises_is_named(self) -> None:
        shown, _ = self.value_of("class A:\n    def __repr__(self): raise ValueError('no')\nA()")
        self.assertEqual("<A object: its repr raised ValueError>", shown)

    def test_a_value_in_itself_ends(self) -> None:
        self.assertEqual(("[[...]]", b""), self.value_of("a = []\na.append(a)\na"))

    def test_deep_values_end(self) -> None:
        shown, value = self.value_of("a = []\nfor _ in range(100_000): a = [a]\na")
        self.assertIsNotNone(shown)
        self.assertEqual(b"", value)


class EndsTest(AgentCase):
    def test_an_exit_carries_its_code_and_its_text(self) -> None:
        for source, code, message, stderr in (
            ("raise SystemExit", 0, None, ""),
            ("import sys; sys.exit(3)", 3, None, ""),
            ("import sys; sys.exit(-1)", 255, None, ""),
            ("import sys; sys.exit('went wrong')", 1, "went wrong", "went wrong\n"),
            ("import sys; sys.exit([1])", 1, "[1]", "[1]\n"),
            ("exit(4)", 4, None, ""),
        ):
            with self.subTest(source):
                finished = self.run_code(source)
                assert finished.ended is not None
                self.assertEqual("exit", finished.ended["how"])
                self.assertEqual(code, finished.ended["exit_code"])
                self.assertEqual(message, finished.ended.get("message"))
                self.assertEqual(stderr, finished.stderr.decode())

    def test_an_exception_carries_type_message_and_traceback(self) -> None:
        described = self.run_code("import json\njson.loads('{')").exception
        self.assertEqual("json.decoder.JSONDecodeError", described["type"])
        self.assertIn("Expecting property name", described["message"])
        self.assertTrue(described["traceback"].startswith("Traceback (most recent call last):\n"))

    def test_exit_handlers_run_before_the_end(self) -> None:
        self.assertEqual(
            "main\nhandler\n", self.output_of("import atexit\natexit.register(print, 'handler')\nprint('main')")
        )

    def test_exit_handlers_run_once(self) -> None:
        self.output_of("import atexit\natexit.register(print, 'handler')")
        self.assertEqual("", self.output_of("1"))

    def test_an_exit_handler_that_raises_does_not_change_the_end(self) -> None:
        finished = self.run_code("import atexit\natexit.register(lambda: 1/0)\n5")
        assert finished.ended is not None
        self.assertEqual("completed", finished.ended["how"])
        self.assertIn("ZeroDivisionError", finished.stderr.decode())

    def test_threads_are_not_waited_for(self) -> None:
        self.assertEqual(
            "main\n",
            self.output_of(
                "import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()\nprint('main')"
            ),
        )

    def test_memory_and_recursion_errors_are_exceptions(self) -> None:
        self.assertEqual("RecursionError", self.run_code("def f(): f()\nf()").exception["type"])
        self.assertEqual("MemoryError", self.run_code("raise MemoryError").exception["type"])
        self.assertEqual("after\n", self.output_of("print('after')"))

    def test_an_exception_whose_text_raises_is_told(self) -> None:
        described = self.run_code("class E(Exception):\n    def __str__(self): raise ValueError\nraise E").exception
        self.assertEqual("E", described["type"])
        self.assertIn("cannot be shown", described["message"])

    def test_a_text_with_lone_surrogates_arrives(self) -> None:
        self.assertEqual("\\udcff", self.run_code("raise ValueError('\\udcff')").exception["message"])


class TracebacksTest(AgentCase):
    def test_only_the_frames_of_the_user_are_shown(self) -> None:
        self.assertEqual(
            textwrap.dedent(
                """\
                Traceback (most recent call last):
                  File "main.py", line 3, in <module>
                    f()
                  File "main.py", line 2, in f
                    raise ValueError("é")
                ValueError: é
                """
            ),
            self.traceback_of('def f():\n    raise ValueError("é")\nf()\n'),
        )

    def test_the_last_expression_has_its_line(self) -> None:
        text = self.traceback_of("x = 0\n\n\n1 / x")
        self.assertIn('File "main.py", line 4, in <module>\n    1 / x\n', text)

    def test_a_top_level_await_shows_no_frame_of_the_loop(self) -> None:
        text = self.traceback_of("import asyncio\nasync def f():\n    1/0\nawait f()")
        self.assertEqual(["line 4, in <module>", "line 3, in f"], places(text))

    def test_frames_of_the_standard_library_in_between_stay(self) -> None:
        text = self.traceback_of("import json\njson.loads('{')")
        self.assertIn("json/decoder.py", text)

    def test_a_syntax_error_shows_its_marker(self) -> None:
        text = self.traceback_of("x = 1\ny = (2 +\n")
        self.assertEqual(
            "  File \"main.py\", line 2\n    y = (2 +\n        ^\nSyntaxError: '(' was never closed\n", text
        )

    def test_causes_notes_and_groups_are_shown(self) -> None:
        text = self.traceback_of(
            """
            try:
                1/0
            except ZeroDivisionError as error:
                wrong = ValueError("outer")
                wrong.add_note("a note")
                raise ExceptionGroup("many", [wrong, TypeError("inner")]) from error
            """
        )
        for part in ("direct cause", "a note", "ExceptionGroup: many (2 sub-exceptions)", "TypeError: inner"):
            self.assertIn(part, text)
        self.assertNotIn("_executor", text)

    def test_null_bytes_and_other_encodings_are_syntax_errors(self) -> None:
        self.assertEqual("SyntaxError", self.run_code("a\0b").exception["type"])
        self.assertEqual("SyntaxError", self.run_code("return 5").exception["type"])

    def test_the_lines_are_counted_as_the_compiler_counts_them(self) -> None:
        text = self.traceback_of("x = '\\x0c\u2028'\n# \x0c \u2028\n1/0 # here")
        self.assertIn("line 3, in <module>\n    1/0 # here", text)

    def test_a_program_that_nests_too_deep_to_compile_is_told(self) -> None:
        described = self.run_code("(" * 5000 + ")" * 5000).exception
        self.assertIn(described["type"], ("SyntaxError", "MemoryError", "RecursionError"))


def places(traceback: str) -> list[str]:
    return [line.partition(", ")[2] for line in traceback.splitlines() if line.startswith("  File")]


class SurroundingsTest(AgentCase):
    environment: ClassVar[dict[str, str]] = {"HOME": "/tmp"}

    def test_arguments_environment_and_folder_are_those_of_the_run(self) -> None:
        source = "import os, sys\nprint(sys.argv, os.environ['LEVEL'], os.getcwd(), sys.path[0], __name__, __file__)"
        self.assertEqual(
            "['job.py', '--all', 'é'] 2 /tmp /tmp __main__ job.py\n",
            self.output_of(source, file_name="job.py", arguments=["--all", "é"], environment={"LEVEL": "2"}),
        )

    def test_names_of_one_run_are_not_those_of_the_next(self) -> None:
        self.output_of("leftover = 1")
        self.assertEqual("NameError", self.run_code("leftover").exception["type"])

    def test_modules_of_the_agent_are_not_importable(self) -> None:
        for name in ("_framing", "agent", "_worker", "_supervisor"):
            with self.subTest(name):
                self.assertEqual("ModuleNotFoundError", self.run_code(f"import {name}").exception["type"])

    def test_main_is_a_module_for_pickle_and_dataclasses(self) -> None:
        source = """
            import dataclasses, pickle
            @dataclasses.dataclass
            class A:
                b: "int"
            print(pickle.loads(pickle.dumps(A(1))))
            """
        self.assertEqual("A(b=1)\n", self.output_of(source))

    def test_future_imports_reach_the_last_expression(self) -> None:
        self.assertEqual(
            "<class 'str'>\n",
            self.output_of(
                "from __future__ import annotations\ndef f(a: int): ...\nprint(type(f.__annotations__['a']))"
            ),
        )

    def test_multiprocessing_by_fork_works(self) -> None:
        source = """
            import multiprocessing
            def double(x):
                return 2 * x
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(double, range(5)))
            """
        self.assertEqual("[0, 2, 4, 6, 8]\n", self.output_of(source))

    def test_the_environment_does_not_tell_the_memory_limit(self) -> None:
        self.assertEqual("False\n", self.output_of("import os; print('CAISSON_MEMORY_BYTES' in os.environ)"))


class TopLevelAwaitTest(AgentCase):
    def test_await_works_at_top_level(self) -> None:
        self.assertEqual("a\nb\n", self.output_of("import asyncio\nprint('a')\nawait asyncio.sleep(0)\nprint('b')"))

    def test_the_last_expression_may_be_an_await(self) -> None:
        finished = self.run_code("async def f():\n    return 5\nawait f()")
        self.assertEqual(b"5", finished.value)

    def test_async_for_with_and_comprehensions_work(self) -> None:
        source = """
            import contextlib
            async def numbers():
                yield 1
                yield 2
            @contextlib.asynccontextmanager
            async def around():
                yield 3
            async with around() as three:
                print(three)
            async for number in numbers():
                print(number)
            print([number async for number in numbers()])
            """
        self.assertEqual("3\n1\n2\n[1, 2]\n", self.output_of(source))

    def test_asyncio_run_works_without_top_level_await(self) -> None:
        self.assertEqual("x\n", self.output_of("import asyncio\nasync def main(): print('x')\nasyncio.run(main())"))

    def test_await_of_a_value_gives_it_back(self) -> None:
        self.assertEqual(
            b"[1,2]", self.run_code("import asyncio\nasync def f(): return await 2\n[await 1, await f()]").value
        )

    def test_tasks_that_are_left_are_cancelled(self) -> None:
        source = """
            import asyncio
            async def wait():
                try:
                    await asyncio.sleep(300)
                finally:
                    print("cancelled")
            task = asyncio.create_task(wait())
            await asyncio.sleep(0)
            """
        self.assertEqual("cancelled\n", self.output_of(source))

    def test_exits_pass_through_the_loop(self) -> None:
        finished = self.run_code("import asyncio, sys\nawait asyncio.sleep(0)\nsys.exit(7)")
        assert finished.ended is not None
        self.assertEqual(("exit", 7), (finished.ended["how"], finished.ended["exit_code"]))
