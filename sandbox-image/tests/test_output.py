"""What a program prints: at once, in order, all of it, and no faster than it is taken."""

from __future__ import annotations

import pathlib
import tempfile

from agent._protocol import Kind, Lane, encode_credit

from .agent_case import AgentCase

MIB = 1024 * 1024


class StreamsTest(AgentCase):
    def test_what_is_printed_is_seen_at_once(self) -> None:
        self.renew()
        self.daemon.start("print('.', end='')\nimport sys\nsys.stderr.write('e')\ninput()", stdin=True)
        self.daemon.pump_until(lambda: self.daemon.finished.output == ".e")
        self.assertEqual("running", self.daemon.state)
        self.daemon.send(Kind.STDIN, b"\n", self.daemon.stream)
        self.daemon.finish()
        self.renew()

    def test_a_line_leaves_in_one_piece(self) -> None:
        finished = self.run_code("print('a', 1, sep='-')\nprint()\nprint('b', file=__import__('sys').stderr)")
        self.assertEqual([(1, b"a-1\n"), (1, b"\n"), (2, b"b\n")], finished.pieces)

    def test_print_subprocess_print_come_in_that_order(self) -> None:
        source = """
            import os, subprocess, sys
            for i in range(20):
                print("python", i)
                subprocess.run(["echo", "process", str(i)])
                print("error", i, file=sys.stderr)
                os.system(f"echo system {i} >&2")
                os.write(2, b"raw\\n")
            """
        expected = [
            line for i in range(20) for line in (f"python {i}", f"process {i}", f"error {i}", f"system {i}", "raw")
        ]
        self.assertEqual(expected, self.output_of(source).splitlines())

    def test_a_forked_child_prints_through_the_pipes(self) -> None:
        source = """
            import os, sys
            print("parent")
            if os.fork() == 0:
                print("child")
                sys.exit(4)
            print(os.waitstatus_to_exitcode(os.wait()[1]))
            """
        self.assertEqual("parent\nchild\n4\n", self.output_of(source))

    def test_a_forked_child_that_runs_to_the_end_ends_nothing_else(self) -> None:
        self.assertEqual("x\nx\n", self.output_of("import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nprint('x')"))

    def test_what_is_written_between_two_runs_belongs_to_neither(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            over, written = pathlib.Path(folder, "over"), pathlib.Path(folder, "written")
            first = self.output_of(f"""
                import os, pathlib, threading, time
                def late():
                    while not pathlib.Path({str(over)!r}).exists():
                        time.sleep(0.001)
                    os.write(1, b"late")
                    pathlib.Path({str(written)!r}).touch()
                threading.Thread(target=late, daemon=True).start()
                print("first")
            """)
            over.touch()
            for _ in range(1000):
                if written.exists():
                    break
                self.daemon.pump(0.01)
            self.assertTrue(written.exists())
            self.assertEqual(["first\n", "second\n"], [first, self.output_of("print('second')")])

    def test_output_of_c_code_is_captured(self) -> None:
        source = "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.puts(b'from C')\nprint('python')\n"
        self.assertEqual({"from C", "python"}, set(self.output_of(source).splitlines()))

    def test_bytes_and_broken_texts_can_be_written(self) -> None:
        finished = self.run_code(
            "import sys\nsys.stdout.buffer.write(b'\\xff\\x00')\nprint('\\udcfe')\nprint('\\ud800', file=sys.stderr)"
        )
        self.assertEqual(b"\xff\x00\xfe\n", finished.stdout)
        self.assertEqual(b"\\ud800\n", finished.stderr)

    def test_a_program_may_replace_and_close_its_streams(self) -> None:
        self.assertEqual("", self.output_of("import io, sys\nsys.stdout = io.StringIO()\nprint('x')"))
        self.assertEqual(
            "kept\n",
            self.output_of(
                "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    print('x')\nprint('kept')"
            ),
        )
        self.output_of("import sys\nsys.stdout.close()\nsys.stderr.close()")
        self.assertEqual("next\n", self.output_of("print('next')"))
        self.output_of("import sys\nsys.stdout = sys.stderr = None")
        self.assertEqual("next\n", self.output_of("print('next')"))
        described = self.run_code("import sys\nsys.stdout.close()\nprint('x')").exception
        self.assertEqual("ValueError", described["type"])

    def test_a_closed_descriptor_1_does_not_stop_print(self) -> None:
        self.assertEqual("still\n", self.output_of("import os\nos.close(1)\nos.close(2)\nprint('still')"))
        self.renew()

    def test_wrappers_of_the_program_are_flushed_at_the_end(self) -> None:
        source = "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='latin-1', write_through=False)\nprint('é', end='')"
        self.assertEqual(b"\xe9", self.run_code(source).stdout)
        self.renew()

    def test_what_a_background_process_left_is_read_before_it_is_killed(self) -> None:
        source = """
            import subprocess
            process = subprocess.Popen(["sh", "-c", "echo started; sleep 300"], stdout=subprocess.PIPE)
            print(process.stdout.readline().decode(), end="")
            subprocess.Popen(["sleep", "300"])
            """
        self.assertEqual("started\n", self.output_of(source))

    def test_threads_print_whole_lines(self) -> None:
        source = """
            import threading
            def talk(name):
                for i in range(200):
                    print(name * 50)
            threads = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            """
        lines = self.output_of(source).splitlines()
        self.assertEqual(800, len(lines))
        self.assertEqual({"a" * 50, "b" * 50, "c" * 50, "d" * 50}, set(lines))


class BulkTest(AgentCase):
    def test_a_line_of_many_mebibytes_arrives_whole(self) -> None:
        finished = self.run_code("print('x' * 20_000_000)")
        self.assertEqual(20_000_001, len(finished.stdout))

    def test_many_lines_arrive_whole(self) -> None:
        finished = self.run_code("for i in range(100_000): print(i)")
        self.assertEqual("".join(f"{i}\n" for i in range(100_000)).encode(), finished.stdout)

    def test_captured_bulk_arrives_whole(self) -> None:
        source = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(\"y\" * 20_000_000)'])\nprint('after')"
        finished = self.run_code(source)
        self.assertEqual(20_000_007, len(finished.stdout))
        self.assertTrue(finished.stdout.endswith(b"y\nafter\n"))


class CreditTest(AgentCase):
    def tearDown(self) -> None:
        self.daemon.gives_credit = True

    def test_print_waits_at_the_window_and_goes_on_with_credit(self) -> None:
        self.daemon.gives_credit = False
        self.daemon.start("print('x' * 9_999)", output_window=4_000)
        self.daemon.pump_until(lambda: len(self.daemon.finished.stdout) == 4_000)
        self.daemon.send(Kind.PING, b"1")
        self.daemon.pump_until(lambda: self.daemon.pongs == [b"1"])
        self.assertEqual(4_000, len(self.daemon.finished.stdout))
        self.daemon.send(Kind.CREDIT, encode_credit(Lane.WORKER_OUTPUT, 6_000), self.daemon.stream)
        self.assertEqual(10_000, len(self.daemon.finish().stdout))

    def test_captured_output_waits_at_its_own_window(self) -> None:
        self.daemon.gives_credit = False
        source = "import os\nfor _ in range(10): os.write(1, b'y' * 1000)\nprint('x')"
        self.daemon.start(source, output_window=4_000)
        self.daemon.pump_until(lambda: len(self.daemon.finished.stdout) >= 4_000)
        self.daemon.send(Kind.CREDIT, encode_credit(Lane.SUPERVISOR_OUTPUT, 6_000), self.daemon.stream)
        self.assertEqual(10_002, len(self.daemon.finish().stdout))

    def test_a_program_that_waits_at_its_window_can_be_interrupted(self) -> None:
        self.daemon.gives_credit = False
        self.daemon.start("print('x' * 9_999)", output_window=4_000)
        self.daemon.pump_until(lambda: len(self.daemon.finished.stdout) == 4_000)
        self.daemon.send(Kind.INTERRUPT, stream=self.daemon.stream)
        self.assertEqual("KeyboardInterrupt", self.daemon.finish().exception["type"])
