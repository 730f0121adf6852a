"""The agent in real sandboxes: gVisor, read-only, no network, under the daemon's own profile."""

from __future__ import annotations

import os
import secrets
import subprocess
import textwrap
import time
from pathlib import Path

from agent._protocol import Kind

from .agent_case import AgentCase
from .daemon_double import PATIENCE_SECONDS, DaemonDouble

IMAGE = os.environ.get("CAISSON_IMAGE", "caisson/base:latest")
PROFILE = (
    Path(__file__).resolve().parents[2] / "daemon/src/main/resources/dev/caisson/daemon/runtime/docker/seccomp.json"
)
OWNER = f"dev.caisson.owner=agent-tests-{secrets.token_hex(6)}"
MIB = 1024 * 1024
MEMORY = 192 * MIB
PROCESSES = 40


def tmpfs(mode: str) -> str:
    return f"rw,exec,nosuid,nodev,size={16 * MIB},uid=65532,gid=65532,mode={mode}"


def command(image: str = IMAGE, memory: int = MEMORY) -> list[str]:
    """Starts an agent as the daemon does."""
    cgroup = str(memory + 112 * MIB)
    return [
        "docker", "run", "--pull", "never", "--interactive", "--rm", "--label", OWNER, "--runtime", "caisson-runsc",
        "--network", "none", "--read-only", "--cap-drop", "ALL", "--user", "65532:65532",
        "--security-opt", "no-new-privileges", "--security-opt", f"seccomp={PROFILE}",
        "--memory", cgroup, "--memory-swap", cgroup, "--pids-limit", "1024",
        "--ulimit", f"nproc={PROCESSES}:{PROCESSES}", "--ulimit", "nofile=256:256", "--ulimit", "core=0:0",
        "--tmpfs", f"/workspace:{tmpfs('0700')}", "--tmpfs", f"/tmp:{tmpfs('1777')}",
        "--log-driver", "none", "--env", f"CAISSON_MEMORY_BYTES={memory}", image,
    ]  # fmt: skip


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


class SandboxTest(AgentCase):
    @classmethod
    def new_daemon(cls) -> DaemonDouble:
        return DaemonDouble(command())

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        left = docker("ps", "--all", "--quiet", "--filter", f"label={OWNER}").split()
        if left:
            # `--rm` may be at it already.
            subprocess.run(["docker", "rm", "--force", *left], capture_output=True, check=False)

    def test_the_code_is_nobody_in_an_empty_gvisor(self) -> None:
        source = """
            import os, sys
            print(sys.version_info[:2], os.getuid(), os.getcwd(), os.path.expanduser("~"))
            print("gvisor" in os.uname().release, [l.split()[1] for l in open("/proc/self/status") if l.startswith("Cap")])
            try:
                open("/etc/x", "w")
            except OSError as error:
                print(error.strerror)
            open("/workspace/x", "w").close()
            """
        zero = "0" * 16
        self.assertEqual(
            f"(3, 13) 65532 /workspace /workspace\nTrue {[zero] * 5}\nPermission denied\n",
            self.output_of(source),
        )

    def test_the_supervisor_is_out_of_reach(self) -> None:
        source = """
            import os
            descriptors = [f"/proc/1/fd/{number}" for number in range(256)]
            for path in (*descriptors, "/proc/1/mem", "/proc/1/environ"):
                try:
                    open(path, "rb").read(1)
                    print("read", path)
                except OSError:
                    pass
            """
        self.assertEqual("", self.output_of(source))

    def test_the_agents_own_filter_refuses_namespaces_and_traces(self) -> None:
        source = """
            import ctypes, os, errno
            libc = ctypes.CDLL(None, use_errno=True)
            def tried(*call):
                return libc.syscall(*call), errno.errorcode[ctypes.get_errno()]
            print(tried(435, 0, 0), tried(272, 0x10000000), tried(101, 0, 0, 0, 0))
            print(tried(56, 0x10000000 | 17, 0, 0, 0, 0))
            """
        self.assertEqual("(-1, 'ENOSYS') (-1, 'EPERM') (-1, 'EPERM')\n(-1, 'EPERM')\n", self.output_of(source))

    def test_processes_and_threads_work_and_keep_their_order(self) -> None:
        source = """
            import os, subprocess, threading
            for i in range(5):
                print("python", i)
                subprocess.run(["echo", "process", str(i)])
            thread = threading.Thread(target=print, args=("thread",))
            thread.start(); thread.join()
            os.write(1, b"raw\\n")
            print("last")
            """
        expected = [line for i in range(5) for line in (f"python {i}", f"process {i}")]
        self.assertEqual([*expected, "thread", "raw", "last"], self.output_of(source).splitlines())

    def test_large_output_arrives_whole_through_short_writes(self) -> None:
        size = 20 * MIB
        self.assertEqual(size + 1, len(self.run_code(f"print('x' * {size})").stdout))
        source = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(\"y\" * {size})'])"
        self.assertEqual(size + 1, len(self.run_code(source).stdout))
        self.assertEqual(200_000, self.run_code("for i in range(200_000): print('z' * 20)").stdout.count(b"\n"))

    def test_a_text_nearly_as_large_as_the_memory_can_be_printed(self) -> None:
        self.assertEqual(120_000_001, len(self.run_code("print('x' * 120_000_000)").stdout))

    def test_too_much_memory_is_a_memory_error(self) -> None:
        for source in (
            f"bytearray({2 * MEMORY})",
            "parts = []\nwhile True: parts.append(bytearray(1_000_000))",
            "parts = []\nwhile True: parts.append([None] * 1000)",
        ):
            with self.subTest(source):
                self.assertEqual("MemoryError", self.run_code(source).exception["type"])
                self.renew()

    def test_a_session_that_fills_its_memory_goes_on_with_its_names_and_its_limit(self) -> None:
        self.renew()
        filling = """
            held = []
            for size in (1 << 20, 1 << 16, 1 << 10):
                try:
                    while True: held.append(bytearray(size))
                except MemoryError:
                    pass
            """
        self.output_of(filling, keep=True)
        # As long as it may be: the agent has room to receive it, and the code none to compile it.
        long = "# " + "x" * 1_000_000
        self.assertEqual("MemoryError", self.run_code(long, keep=True).exception["type"])
        self.assertEqual("True\n", self.output_of("print(len(held) > 100)", keep=True))
        self.assertEqual("MemoryError", self.run_code("bytearray(1 << 22)", keep=True).exception["type"])
        self.output_of("held.clear()", keep=True)
        self.assertEqual("4194304\n", self.output_of("print(len(bytearray(1 << 22)))", keep=True))

    def test_one_line_may_fill_the_memory_of_a_session(self) -> None:
        self.renew()
        # Not touched, only reserved: the limit is on what may be, and this takes no time.
        self.output_of(f"held = bytearray({MEMORY - (2 << 20)})", keep=True)
        long = "# " + "x" * 1_000_000 + "\nlen(held)"
        self.assertIsNotNone(self.run_code(long, keep=True).ended)
        self.assertEqual("True\n", self.output_of("print(len(held) > 100)", keep=True))
        self.renew()

    def test_names_that_the_interpreter_suggests_are_told(self) -> None:
        """Here, because Python says them where they can be read since 3.12 only."""
        self.assertEqual(["path"], self.run_code("import os; os.pth").exception["suggestions"])
        self.assertEqual(["import datetime"], self.run_code("datetime.now()").exception["suggestions"])

    def test_a_fork_bomb_meets_the_limit_and_the_supervisor_lives(self) -> None:
        source = """
            import os
            bombs = 0
            try:
                while True:
                    if os.fork() == 0:
                        while True:
                            try:
                                os.fork()
                            except BlockingIOError:
                                pass
                    bombs += 1
            except BlockingIOError:
                print("met", flush=True)
            while True: pass
            """
        self.daemon.start(textwrap.dedent(source))
        self.daemon.pump_until(lambda: "met" in self.daemon.finished.output)
        self.daemon.send(Kind.PING, b"alive")
        self.daemon.pump_until(lambda: self.daemon.pongs == [b"alive"])
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        self.assertEqual({"signal": 9, "cause": "killed"}, self.daemon.finish().worker_exited)

    def test_an_endless_program_is_interrupted_or_killed(self) -> None:
        for kind in (Kind.INTERRUPT, Kind.KILL):
            self.daemon.start("print('on')\nwhile True: pass")
            self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
            self.daemon.send(kind, stream=self.daemon.stream)
            finished = self.daemon.finish()
            if kind is Kind.INTERRUPT:
                self.assertEqual("KeyboardInterrupt", finished.exception["type"])
            else:
                self.assertEqual({"signal": 9, "cause": "killed"}, finished.worker_exited)

    def test_a_worker_that_leaves_is_reported(self) -> None:
        for source, report in (
            ("import os; print('x'); os._exit(3)", {"exit_code": 3, "cause": "exit"}),
            ("import ctypes; print('x'); ctypes.string_at(0)", {"signal": 11, "cause": "exit"}),
            (
                "import os, time; print('x'); os.closerange(0, 65536); time.sleep(300)",
                {"signal": 9, "cause": "channel_closed"},
            ),
        ):
            with self.subTest(source):
                finished = self.run_code(source)
                self.assertEqual(report, finished.worker_exited)
                self.assertEqual("x\n", finished.output)
                self.renew()

    def test_a_killed_supervisor_takes_the_sandbox_with_it(self) -> None:
        self.daemon.start("import os\nos.kill(os.getppid(), 9)\nwhile True: pass")
        self.assertEqual(137, self.daemon.process.wait(PATIENCE_SECONDS))
        late = time.monotonic() + PATIENCE_SECONDS
        while docker("ps", "--quiet", "--filter", f"label={OWNER}") and time.monotonic() < late:
            time.sleep(0.05)
        self.assertEqual("", docker("ps", "--quiet", "--filter", f"label={OWNER}"))
