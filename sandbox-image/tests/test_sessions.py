"""Runs that share a worker: what stays from one to the next, and what a lost worker means."""

from __future__ import annotations

import os
import tempfile
import textwrap
from typing import Any

from agent._protocol import Kind, Lane, encode_credit

from .agent_case import AgentCase
from .daemon_double import Finished
from .toolbox import SERVERS, Toolbox


class SessionCase(AgentCase):
    def setUp(self) -> None:
        self.renew()
        self.number = 0

    def run_code(self, source: str, **changes: Any) -> Finished:
        self.number += 1
        return super().run_code(source, **{"keep": True, "file_name": f"<run {self.number}>", **changes})


class StateTest(SessionCase):
    def test_names_functions_classes_and_modules_stay(self) -> None:
        self.output_of("""
            import json as j
            x = 1
            def double(value): return value * 2
            class Thing: pass
            """)
        self.assertEqual("[2] <class '__main__.Thing'>\n", self.output_of("print(j.dumps([double(x)]), Thing)"))

    def test_without_keep_nothing_stays(self) -> None:
        self.output_of("x = 1")
        failed = self.run_code("x", keep=False)
        self.assertEqual("NameError", failed.exception["type"])

    def test_an_exception_leaves_what_was_there(self) -> None:
        self.output_of("x = 1")
        self.assertEqual("ZeroDivisionError", self.run_code("y = 2; 1 / 0").exception["type"])
        self.assertEqual("1 2\n", self.output_of("print(x, y)"))

    def test_the_working_directory_stays(self) -> None:
        self.output_of("import os; os.chdir('/usr')")
        self.assertEqual("/usr\n", self.output_of("print(os.getcwd())"))

    def test_standard_input_that_a_run_closed_is_there_again(self) -> None:
        self.output_of("import os, sys; sys.stdin.close(); os.close(0)")
        self.assertEqual("'' True\n", self.output_of("print(repr(sys.stdin.read()), os.open('.', os.O_RDONLY) > 2)"))
        self.output_of("sys.stdin = None")
        self.assertEqual("''\n", self.output_of("print(repr(sys.stdin.read()))"))

    def test_objects_can_be_pickled_by_their_class(self) -> None:
        self.output_of("import pickle\nclass Thing: pass")
        self.assertEqual("Thing\n", self.output_of("print(type(pickle.loads(pickle.dumps(Thing()))).__name__)"))

    def test_a_traceback_shows_the_lines_of_the_run_that_wrote_them(self) -> None:
        self.output_of("def broken():\n    return 1 / 0  # here")
        traceback = self.run_code("x = 1\nbroken()").exception["traceback"]
        self.assertIn('File "<run 2>", line 2, in <module>\n    broken()', traceback)
        self.assertIn('File "<run 1>", line 2, in broken\n    return 1 / 0  # here', traceback)

    def test_an_interrupt_keeps_the_names(self) -> None:
        for code in ("import time; time.sleep(100)", "while True: pass"):
            with self.subTest(code):
                self.output_of("x = 41")
                self.daemon.start("print('on')\n" + code, keep=True)
                self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
                self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
                self.assertEqual("KeyboardInterrupt", self.daemon.finish().exception["type"])
                self.assertEqual("42\n", self.output_of("print(x + 1)"))

    def test_an_interrupt_after_the_program_keeps_the_names(self) -> None:
        for case, code in (
            ("its value is told", "class Slow:\n  def __repr__(self): wait()\nSlow()"),
            ("its streams are flushed", "class Slow:\n  def flush(self): wait()\nsys.stdout = Slow()"),
            ("its exit code is told", "class Slow:\n  def __str__(self): wait()\nsys.exit(Slow())"),
        ):
            with self.subTest(case):
                self.output_of("""
                    import sys, time
                    def wait():
                        sys.__stdout__.write('on\\n')
                        time.sleep(100)
                    x = 41
                    """)
                self.daemon.start(code, keep=True)
                self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
                self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
                self.assertIsNotNone(self.daemon.finish().ended)
                self.assertEqual("42\n", self.output_of("print(x + 1)"))

    def test_values_that_are_hard_to_tell_keep_the_names(self) -> None:
        self.output_of("x = 41")
        for code in (
            """
            class Hidden:
                @property
                def __class__(self): raise SystemExit
            result = Hidden()
            """,
            """
            class Other:
                def decode(self, *_): return self
                def __len__(self): return 1
            class Text(str):
                def encode(self, *_): return Other()
            class Bad(Exception):
                def __str__(self): return Text('bad')
            raise Bad
            """,
            """
            class Code(int):
                def __and__(self, other): return object()
            raise SystemExit(Code(3))
            """,
            """
            class Code:
                def __str__(self): raise SystemExit
            raise SystemExit(Code())
            """,
            """
            class Exit(SystemExit):
                @property
                def code(self): raise OSError
            raise Exit
            """,
        ):
            with self.subTest(code):
                self.assertIsNotNone(self.run_code(code).ended)
                self.assertEqual("42\n", self.output_of("print(x + 1)"))

    def test_exit_handlers_wait(self) -> None:
        self.assertEqual("", self.output_of("import atexit; atexit.register(print, 'over')"))

    def test_sys_exit_ends_the_run_and_not_the_session(self) -> None:
        self.output_of("x = 1")
        self.assertEqual({"how": "exit", "exit_code": 3}, self.ended("import sys; sys.exit(3)"))
        self.assertEqual("1\n", self.output_of("print(x)"))

    def ended(self, source: str) -> dict[str, Any]:
        ended = self.run_code(source).ended
        assert ended is not None
        return {name: ended[name] for name in ("how", "exit_code")}


class LoopTest(SessionCase):
    def test_tasks_go_on_when_the_next_run_awaits(self) -> None:
        self.output_of("""
            import asyncio
            async def count():
                for i in range(3):
                    await asyncio.sleep(0)
                return "counted"
            task = asyncio.create_task(count())
            await asyncio.sleep(0)
            """)
        self.assertEqual("False\n", self.output_of("print(task.done())"))
        self.assertEqual("counted\n", self.output_of("print(await task)"))

    def test_a_loop_that_the_code_closed_is_replaced(self) -> None:
        self.output_of("import asyncio\nawait asyncio.sleep(0)\nloop = asyncio.get_running_loop()")
        self.output_of("loop.close()")
        self.assertEqual("ok\n", self.output_of("await asyncio.sleep(0)\nprint('ok')"))


class LeftBehindTest(SessionCase):
    def test_children_live_on_and_their_output_between_runs_is_nobodys(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            self.output_of(f"""
                import subprocess
                script = "echo early; while [ ! -s {file.name} ]; do sleep 0.01; done; echo between; echo done > {file.name}.done"
                child = subprocess.Popen(["sh", "-c", script])
                """)
            file.write(b"go")
            file.flush()
            printed = self.output_of(f"""
                import os, time
                child.wait()
                print(child.returncode, os.path.exists("{file.name}.done"))
                os.remove("{file.name}.done")
                """)
        self.assertEqual("0 True\n", printed[-len("0 True\n") :])

    def test_threads_live_on_and_print_only_in_runs(self) -> None:
        self.output_of("""
            import threading
            go, said = threading.Event(), threading.Event()
            def speak():
                go.wait()
                print("from the thread")
                said.set()
            threading.Thread(target=speak, daemon=True).start()
            """)
        self.assertEqual("from the thread\n", self.output_of("go.set(); said.wait()"))

    def test_calls_that_a_run_left_open_fail_and_do_not_take_the_next_run(self) -> None:
        toolbox = Toolbox(self.daemon)
        toolbox.together = 100
        code = """
            import threading
            failures = []
            def ask():
                try:
                    my_math.slow(1)
                except ToolError as error:
                    failures.append((error.reason, str(error)))
            threads = [threading.Thread(target=ask) for _ in range(3)]
            for thread in threads: thread.start()
            input()
            """
        self.daemon.start(textwrap.dedent(code), keep=True, stdin=True, servers=SERVERS)
        self.daemon.pump_until(lambda: len(toolbox.held) == 3)
        self.daemon.send(Kind.STDIN, b"\n", self.daemon.stream)
        self.daemon.finish()
        for number, _ in toolbox.held:
            self.daemon.reply(number, "value", "late")

        printed = self.output_of("for thread in threads: thread.join()\nprint(failures)", first_call=100)

        over = "the run is over, and nobody answers a call of its threads any more"
        self.assertEqual(f"{[('unavailable', over)] * 3}\n", printed)

    def test_a_call_between_runs_fails(self) -> None:
        Toolbox(self.daemon)
        with tempfile.TemporaryDirectory() as folder:
            self.run_code(
                f"""
                import os, threading, time
                failures = []
                def ask():
                    while not os.path.exists("{folder}/over"):
                        time.sleep(0.001)
                    try:
                        my_math.add(1, 2)
                    except ToolError as error:
                        failures.append(error.reason)
                    open("{folder}/asked", "w").close()
                my_math.add(0, 0)
                threading.Thread(target=ask).start()
                """,
                servers=SERVERS,
            )
            open(f"{folder}/over", "w").close()
            while not os.path.exists(f"{folder}/asked"):
                self.daemon.pump(0.01)
        self.assertEqual("['unavailable']\n", self.output_of("print(failures)"))

    def test_numbers_of_calls_go_on(self) -> None:
        Toolbox(self.daemon)
        first = self.run_code("my_math.add(1, 2)", servers=SERVERS).calls[-1]["number"]
        second = self.run_code("my_math.add(1, 2)", servers=SERVERS, first_call=first + 5).calls[0]["number"]
        self.assertEqual(first + 5, second)

    def test_nothing_that_was_sent_for_one_run_reaches_the_next(self) -> None:
        self.daemon.start("print(input())", keep=True, stdin=True)
        self.daemon.send(Kind.STDIN, b"one\ntwo\n", self.daemon.stream)
        self.assertEqual("one\n", self.daemon.finish().output)
        self.send_late(self.daemon.stream)
        self.assertEqual("EOFError", self.run_code("input()").exception["type"])
        self.daemon.start("print('on'); print(input())", keep=True, stdin=True)
        self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
        self.send_late(self.daemon.stream - 1)
        self.daemon.send(Kind.STDIN, b"three\n", self.daemon.stream)
        self.assertEqual("on\nthree\n", self.daemon.finish().output)

    def test_credit_for_a_run_that_is_over_is_not_the_next_runs(self) -> None:
        self.output_of("print(1)", output_window=10)
        first = self.daemon.stream
        self.daemon.gives_credit = False
        self.daemon.start("print('x' * 10_000)", keep=True, output_window=10)
        self.daemon.pump_until(lambda: bool(self.daemon.finished.stdout))
        self.daemon.send(Kind.CREDIT, encode_credit(Lane.WORKER_OUTPUT, 5_000), first)
        self.daemon.send(Kind.PING, b"after")
        self.daemon.pump_until(lambda: bool(self.daemon.pongs))
        self.daemon.send(Kind.CREDIT, encode_credit(Lane.WORKER_OUTPUT, 7), self.daemon.stream)
        self.daemon.pump_until(lambda: len(self.daemon.finished.stdout) > 10)
        self.assertEqual(17, len(self.daemon.finished.stdout))
        self.renew()

    def send_late(self, stream: int) -> None:
        """What was meant for a run that is over."""
        self.daemon.send(Kind.STDIN, b"late\n", stream)
        self.daemon.send(Kind.STDIN_EOF, stream=stream)
        self.daemon.send(Kind.KILL, stream=stream)
        self.daemon.send(Kind.INTERRUPT, stream=stream)


class LostWorkerTest(SessionCase):
    def test_a_worker_that_dies_in_a_run_is_replaced(self) -> None:
        for code, report in (
            ("import os; os._exit(3)", {"exit_code": 3, "cause": "exit"}),
            ("import ctypes; ctypes.string_at(0)", {"signal": 11, "cause": "exit"}),
        ):
            with self.subTest(code):
                self.output_of("x = 1")
                self.assertEqual(report, self.run_code(code).worker_exited)
                self.assertEqual("NameError", self.run_code("x").exception["type"])
                self.assertEqual("2\n", self.output_of("print(1 + 1)"))
        self.assertEqual([], self.daemon.replaced)

    def test_a_kill_leaves_the_next_run_working(self) -> None:
        self.daemon.start("print('on')\nwhile True: pass", keep=True)
        self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        self.assertEqual({"signal": 9, "cause": "killed"}, self.daemon.finish().worker_exited)
        self.assertEqual("2\n", self.output_of("print(1 + 1)"))

    def test_a_worker_that_dies_between_runs_is_replaced_and_the_daemon_told(self) -> None:
        self.output_of("""
            import os, threading, time
            def leave():
                time.sleep(0.5)
                os._exit(7)
            threading.Thread(target=leave).start()
            """)
        self.daemon.pump_until(lambda: bool(self.daemon.replaced))
        self.assertEqual([{"exit_code": 7, "cause": "exit"}], self.daemon.replaced)
        self.assertEqual("2\n", self.output_of("print(1 + 1)"))

    def test_a_reset_gives_a_fresh_worker_and_ends_what_was_left(self) -> None:
        self.output_of("import subprocess; x = 1; child = subprocess.Popen(['sleep', '300'])")
        self.daemon.reset()
        self.assertEqual("NameError", self.run_code("x").exception["type"])
        self.assertEqual("2\n", self.output_of("print(1 + 1)"))
        self.assertEqual([], self.daemon.replaced)

    def test_stdin_and_calls_work_after_a_reset(self) -> None:
        self.output_of("x = 1")
        self.daemon.reset()
        self.daemon.start("print(input())", keep=True, stdin=True)
        self.daemon.send(Kind.STDIN, b"three\n", self.daemon.stream)
        self.assertEqual("three\n", self.daemon.finish().output)
