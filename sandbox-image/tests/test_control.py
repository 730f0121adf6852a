"""The supervisor: it answers, interrupts, kills and leaves whatever the worker does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import unittest
from contextlib import suppress

from agent._framing import HEADER, encode_frame
from agent._protocol import Kind, Lane, encode_credit, encode_headed, encode_json

from .agent_case import AgentCase
from .daemon_double import AGENT, DaemonDouble

SPIN = "print('spinning')\nwhile True: pass"


class ControlTest(AgentCase):
    def begin(self, source: str, said: str = "spinning\n", **changes: object) -> None:
        self.daemon.start(source, **changes)
        self.daemon.pump_until(lambda: self.daemon.finished.output == said)

    def test_a_ping_is_answered_while_the_worker_spins(self) -> None:
        self.begin(SPIN)
        self.daemon.pongs.clear()
        self.daemon.send(Kind.PING, b"12345678")
        self.daemon.pump_until(lambda: self.daemon.pongs == [b"12345678"])
        self.assertEqual("running", self.daemon.state)
        self.renew()

    def test_an_interrupt_is_a_keyboard_interrupt(self) -> None:
        self.begin(SPIN)
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.assertEqual("KeyboardInterrupt", self.daemon.finish().exception["type"])
        self.assertEqual("next\n", self.output_of("print('next')"))

    def test_an_interrupt_may_be_caught(self) -> None:
        self.begin("try:\n    print('spinning')\n    while True: pass\nexcept KeyboardInterrupt:\n    print('caught')")
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.assertEqual("spinning\ncaught\n", self.daemon.finish().output)

    def test_an_interrupt_reaches_a_top_level_await(self) -> None:
        self.begin("import asyncio\nprint('spinning')\nawait asyncio.sleep(300)")
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.assertEqual("KeyboardInterrupt", self.daemon.finish().exception["type"])

    def test_interrupts_in_a_storm_of_output_tear_no_frame(self) -> None:
        source = """
            caught = 0
            while caught < 20:
                try:
                    # Not the loop itself: Python looks for signals on the way back to its beginning,
                    # and takes what it raises there for raised before it.
                    text = "x" * 10_000
                    while True: print(text)
                except KeyboardInterrupt:
                    caught += 1
                    print("caught", caught)
            """
        self.daemon.start(textwrap.dedent(source))
        for _ in range(20):
            printed = len(self.daemon.finished.stdout)
            self.daemon.pump_until(lambda: self.is_storming_after(printed))
            self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
            caught = self.daemon.finished.stdout.count(b"caught")
            self.daemon.pump_until(lambda: self.daemon.finished.stdout.count(b"caught") > caught)
        finished = self.daemon.finish()
        assert finished.ended is not None
        self.assertEqual("completed", finished.ended["how"])

    def await_children(self, count: int) -> None:
        """They are killed by now; being reaped takes a moment."""
        while len(children_of_namespace(self.daemon)) != count:
            self.daemon.pump(0.01)

    def is_storming_after(self, printed: int) -> bool:
        """Whether the program is back in its storm, where an interrupt is caught."""
        return len(self.daemon.finished.stdout) > printed and self.daemon.finished.stdout.endswith(b"x\n")

    def test_a_kill_ends_the_worker_and_says_so(self) -> None:
        self.begin(SPIN)
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        finished = self.daemon.finish()
        self.assertEqual({"signal": 9, "cause": "killed"}, finished.worker_exited)
        self.assertEqual("spinning\n", finished.output)

    def test_a_kill_ends_processes_in_sessions_of_their_own(self) -> None:
        source = """
            import os, subprocess
            for _ in range(5):
                subprocess.Popen(["sleep", "300"], start_new_session=True)
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    while True: pass
                os._exit(0)
            os.wait()
            print("spinning")
            while True: pass
            """
        self.begin(textwrap.dedent(source))
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        self.assertEqual({"signal": 9, "cause": "killed"}, self.daemon.finish().worker_exited)
        self.await_children(0)

    def test_processes_of_a_run_are_gone_at_its_end(self) -> None:
        self.output_of("import subprocess\nsubprocess.Popen(['sleep', '300'], start_new_session=True)")
        self.await_children(1)

    def test_a_worker_that_leaves_is_reported(self) -> None:
        for source, report in (
            ("import os; print('x'); os._exit(3)", {"exit_code": 3, "cause": "exit"}),
            ("import ctypes; print('x'); ctypes.string_at(0)", {"signal": 11, "cause": "exit"}),
            ("import os; print('x'); os.kill(os.getpid(), 15)", {"signal": 15, "cause": "exit"}),
            ("import os; print('x'); os.abort()", {"signal": 6, "cause": "exit"}),
        ):
            with self.subTest(source):
                finished = self.run_code(source)
                self.assertEqual(report, finished.worker_exited)
                self.assertEqual("x\n", finished.output)
                self.renew()

    def test_a_worker_that_closes_its_descriptors_is_ended(self) -> None:
        finished = self.run_code("import os, time\nprint('x')\nos.closerange(0, 65536)\ntime.sleep(300)")
        self.assertEqual({"signal": 9, "cause": "channel_closed"}, finished.worker_exited)
        self.assertEqual("x\n", finished.output)

    def test_a_worker_that_cannot_say_how_the_run_ended_says_why(self) -> None:
        for source in ("os.closerange(0, 65536)", "os.closerange(3, 65536)"):
            with self.subTest(source):
                finished = self.run_code(f"import os\nprint('x')\n{source}")
                self.assertEqual("channel_closed", finished.worker_exited["cause"])
                self.assertEqual("x\n", finished.output)
                self.renew()

    def test_orphans_are_reaped(self) -> None:
        source = """
            import os, time
            if os.fork() == 0:
                if os.fork() == 0:
                    os._exit(0)
                os._exit(0)
            os.wait()
            def is_dead(pid):
                try:
                    return open(f"/proc/{pid}/stat").read().split()[2] == "Z"
                except OSError:
                    return False
            while any(is_dead(pid) for pid in os.listdir("/proc") if pid.isdecimal()):
                time.sleep(0.01)
            """
        self.output_of(source)

    def test_a_run_without_a_worker_is_refused(self) -> None:
        self.run_code("import os; os._exit(3)")
        self.daemon.start("1")
        self.assertEqual(65, self.daemon.process.wait(30))

    def test_two_runs_at_once_are_refused(self) -> None:
        self.begin(SPIN)
        header = {"file_name": "x", "arguments": [], "environment": {}, "stdin": False, "servers": [], "limits": {}}
        self.daemon.send(Kind.RUN, encode_headed(header), 99)
        self.assertEqual(65, self.daemon.process.wait(30))


def children_of_namespace(daemon: DaemonDouble) -> list[int]:
    """The processes in the agent's namespace besides the agent itself."""
    with open(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children", encoding="ascii") as file:
        [agent] = map(int, file.read().split())
    with open(f"/proc/{agent}/task/{agent}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


class StdinTest(AgentCase):
    def setUp(self) -> None:
        self.renew()

    def test_no_standard_input_is_said(self) -> None:
        described = self.run_code("input('name? ')").exception
        self.assertEqual("EOFError", described["type"])
        self.assertIn("no standard input", described["message"])
        self.assertEqual(b"''", self.run_code("import sys\nsys.stdin.read()").ended["value_repr"].encode())  # type: ignore[index]

    def test_lines_arrive_as_they_are_sent(self) -> None:
        self.daemon.start("print(input('a? '))\nimport sys\nprint(sys.stdin.read())", stdin=True)
        self.daemon.pump_until(lambda: self.daemon.finished.output == "a? ")
        self.daemon.send(Kind.STDIN, "één\nrest".encode(), self.daemon.stream)
        self.daemon.send(Kind.STDIN_EOF, stream=self.daemon.stream)
        self.assertEqual("a? één\nrest\n", self.daemon.finish().output)

    def test_a_subprocess_reads_the_same_input(self) -> None:
        self.daemon.start("import subprocess\nsubprocess.run(['cat'])", stdin=True)
        self.daemon.send(Kind.STDIN, b"through", self.daemon.stream)
        self.daemon.send(Kind.STDIN_EOF, stream=self.daemon.stream)
        self.assertEqual("through", self.daemon.finish().output)

    def test_credit_comes_when_the_program_reads(self) -> None:
        self.daemon.start("import sys\nn = 0\nwhile d := sys.stdin.buffer.read1(): n += len(d)\nprint(n)", stdin=True)
        sent = 0
        while sent < 1024 * 1024:
            self.daemon.send(Kind.STDIN, b"x" * 32768, self.daemon.stream)
            sent += 32768
            self.daemon.pump_until(lambda: sent - self.daemon.credits[Lane.STDIN] <= 196608)
        self.daemon.send(Kind.STDIN_EOF, stream=self.daemon.stream)
        self.assertEqual("1048576\n", self.daemon.finish().output)

    def test_input_past_the_window_is_a_violation(self) -> None:
        self.daemon.start("import time; time.sleep(300)", stdin=True)
        with suppress(BrokenPipeError):
            for _ in range(9):
                self.daemon.send(Kind.STDIN, b"x" * 60000, self.daemon.stream)
        self.assertEqual(65, self.daemon.process.wait(30))


class AfterTheEndTest(AgentCase):
    def test_a_run_that_closes_what_the_worker_needs_leaves_the_next_one_alone(self) -> None:
        for name, code in {
            "standard input": "import os; os.close(0)",
            "the working directory": """
                import os
                os.environ['HOME'] = '/nowhere'
                os.mkdir('/tmp/removed')
                os.chdir('/tmp/removed')
                os.rmdir('/tmp/removed')
            """,
        }.items():
            with self.subTest(name):
                self.output_of(code)
                self.assertEqual("1\n", self.output_of("print(1)"))

    def test_a_worker_that_dies_after_the_end_changes_nothing_about_it(self) -> None:
        finished = self.run_code("import os; os.chdir = None")
        self.daemon.await_no_worker()
        # Whoever asks for the files of the run finds somebody.
        self.daemon.send(Kind.PING, b"still there?")
        self.daemon.pump_until(lambda: self.daemon.pongs == [b"still there?"])
        assert finished.ended is not None
        self.assertEqual("completed", finished.ended["how"])
        self.assertIsNone(finished.worker_exited)
        self.renew()


class EndTest(unittest.TestCase):
    def end_of(self, data: bytes, closes: bool = False) -> int:
        with DaemonDouble() as daemon:
            daemon.start(SPIN)
            daemon.pump_until(lambda: daemon.finished.output == "spinning\n")
            daemon.send_bytes(data)
            if closes:
                assert daemon.process.stdin is not None
                daemon.process.stdin.close()
            return daemon.process.wait(30)

    def test_the_agent_leaves_at_once_when_told_or_left_alone(self) -> None:
        self.assertEqual(0, self.end_of(encode_frame(Kind.SHUTDOWN, 0, b"")))
        self.assertEqual(0, self.end_of(b"", closes=True))

    def test_malformed_input_ends_the_agent(self) -> None:
        for name, data in {
            "unknown kind": HEADER.pack(5, 55, 0),
            "a kind of the worker": HEADER.pack(5, Kind.OUTPUT, 0),
            "too long": HEADER.pack(70_000, Kind.RUN, 0),
            "too short": HEADER.pack(4, Kind.PING, 0),
            "a second hello": encode_frame(Kind.HELLO, 0, encode_json({"protocol": 1})),
            "credit for a lane of ours": encode_frame(Kind.CREDIT, 0, encode_credit(Lane.STDIN, 1)),
            "a broken credit": encode_frame(Kind.CREDIT, 0, b"\1"),
            "a reset": encode_frame(Kind.RESET, 0, b"{}"),
        }.items():
            with self.subTest(name):
                self.assertEqual(65, self.end_of(data))

    def test_another_protocol_version_is_refused(self) -> None:
        daemon = DaemonDouble()
        daemon.send(Kind.HELLO, encode_json({"protocol": 2, "worker_window": 1, "stdin_window": 1}))
        self.assertEqual(65, daemon.process.wait(30))
        daemon.__exit__()

    def test_the_agent_refuses_to_be_anything_but_pid_1(self) -> None:
        self.assertNotEqual(1, os.getpid())
        ended = subprocess.run(
            [sys.executable, "-I", str(AGENT)], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        self.assertEqual(64, ended.returncode)
        self.assertIn(b"pid 1", ended.stderr)
