"""The way out of a sandbox, as code in it and the daemon see it."""

from __future__ import annotations

import errno
import json
import tempfile
from typing import Any

from agent._network import ENTRANCES
from agent._protocol import Kind, encode_json
from agent._supervisor import EXIT_CHANNEL_BROKEN

from .agent_case import AgentCase
from .daemon_double import DaemonDouble, Finished

WINDOW = 8192
NETWORK: dict[str, Any] = {
    **{f"{name}_port": 28080 + place for place, name in enumerate(ENTRANCES)},
    "window": WINDOW,
    "connections": 4,
}
HTTP_PORT = NETWORK["http_port"]
PREAMBLE = (
    """
import errno, os, socket, threading
def dial(port=%d):
    return socket.create_connection(("127.0.0.1", port), 10)
"""
    % HTTP_PORT
)


class StandbyTest(AgentCase):
    """Listeners that are there before the run that may need them."""

    other = 28090
    ports = (*(NETWORK[f"{name}_port"] for name in ENTRANCES), other)
    # What a connection to each port comes to.
    look = f"""
        import socket
        def found(port):
            with socket.socket() as connecting:
                return connecting.connect_ex(("127.0.0.1", port))
        print([found(port) for port in {ports}])
    """
    nothing = [errno.ECONNREFUSED] * len(ports)

    @classmethod
    def new_daemon(cls) -> DaemonDouble:
        return DaemonDouble(hello={"listen": list(cls.ports)})

    def setUp(self) -> None:
        self.renew()

    def test_a_run_without_a_network_finds_none(self) -> None:
        self.assertEqual(f"{self.nothing}\n", self.output_of(self.look))

    def test_a_run_with_a_network_finds_its_own_and_the_next_one_too(self) -> None:
        own = f"{[0] * len(ENTRANCES) + [errno.ECONNREFUSED]}\n"
        for expected, network in ((own, NETWORK), (f"{self.nothing}\n", None), (own, NETWORK)):
            with self.subTest(network=network is not None):
                changes = {} if network is None else {"network": network}
                self.assertEqual(expected, self.output_of(self.look, **changes))

    def test_a_program_begins_when_that_is_settled(self) -> None:
        watching = """
            import sys
            page = next(module for name, module in sys.modules.items() if name.endswith("._page"))
            original = page.SharedPage.wait_for
            def watched(self, field):
                original(self, field)
                sys.waited = field.name, self.fields[field]
            page.SharedPage.wait_for = watched
        """
        self.output_of(watching)
        for network in ({}, {"network": NETWORK}):
            with self.subTest(network=bool(network)):
                self.assertEqual("('NETWORK_SETTLED', 1)\n", self.output_of("import sys; print(sys.waited)", **network))

    def test_a_reset_before_any_run_finds_them_there(self) -> None:
        self.daemon.reset()
        self.assertEqual(f"{self.nothing}\n", self.output_of(self.look))

    def test_runs_of_a_session_do_not_stack_their_lookups(self) -> None:
        original = "import socket; print(socket.getaddrinfo.__self__._getaddrinfo.__module__)"
        for _ in range(3):
            self.assertEqual("socket\n", self.output_of(original, network=NETWORK, keep=True))

    def test_what_is_not_a_port_breaks_the_channel(self) -> None:
        for listen in (1, [0], [65536], ["80"], [True], [80, 80], list(range(1, 18))):
            with self.subTest(listen=listen):
                daemon = DaemonDouble()
                self.addCleanup(daemon.__exit__)
                windows = {"worker_window": 4096, "stdin_window": 4096}
                daemon.send(Kind.HELLO, encode_json({"protocol": 1, **windows, "listen": listen}))
                self.assertEqual(EXIT_CHANNEL_BROKEN, daemon.process.wait(10))


class NetworkTest(AgentCase):
    def setUp(self) -> None:
        # Ports and numbers of connections are those of one run in one sandbox.
        self.renew()
        self.entrances = self.daemon.network
        self.asked: list[dict[str, Any]] = []

    def run_outside(self, source: str) -> Finished:
        import textwrap

        return self.daemon.run(PREAMBLE + textwrap.dedent(source), network=NETWORK)

    def output_of_run(self, source: str) -> str:
        finished = self.run_outside(source)
        assert finished.ended is not None
        self.assertEqual("completed", finished.ended["how"], finished.ended)
        return finished.output

    def answer_questions(self, *answers: dict[str, Any]) -> None:
        """Answers the shim's questions in order; everything else is echoed."""
        waiting = list(answers)

        def heard(number: int) -> None:
            entrances = self.entrances
            if number in entrances.closed:
                return
            data = bytes(entrances.sent[number])
            if entrances.opened[number]["entrance"] == "ask":
                if data.endswith(b"\n"):
                    self.asked.append(json.loads(data))
                    entrances.sent[number].clear()
                    entrances.say(number, json.dumps(waiting.pop(0)).encode() + b"\n")
                    entrances.end(number)
            elif data:
                entrances.sent[number].clear()
                entrances.say(number, data.upper())
            if number in entrances.ended:
                entrances.end(number)

        self.entrances.heard = heard

    def test_without_network_nothing_listens(self) -> None:
        finished = self.daemon.run(
            "import socket\n"
            f"for port in range({HTTP_PORT}, {HTTP_PORT} + 4):\n"
            "    print(socket.socket().connect_ex(('127.0.0.1', port)))"
        )
        self.assertEqual("111\n" * 4, finished.output)
        self.assertEqual({}, self.entrances.opened)

    def test_of_the_rehearsal_nothing_is_left_in_a_run_without_network(self) -> None:
        finished = self.daemon.run(
            "import _socket, socket, sys\n"
            "print(socket.socket.connect is _socket.socket.connect, socket.gethostbyname is _socket.gethostbyname)\n"
            "print(socket.socket.connect_ex is _socket.socket.connect_ex, socket.getaddrinfo.__module__)\n"
            "print([folder for folder in [*sys.path, *sys.path_importer_cache] if '.local' in folder])\n"
        )
        self.assertEqual("True True\nTrue socket\n[]\n", finished.output)

    def test_bytes_go_both_ways(self) -> None:
        self.answer_questions()
        output = self.output_of_run(
            """
            with dial() as s:
                s.sendall(b"hello")
                print(s.recv(100))
                s.shutdown(socket.SHUT_WR)
                print(s.recv(100))
            """
        )
        self.assertEqual("b'HELLO'\nb''\n", output)
        self.assertEqual("http", self.entrances.opened[1]["entrance"])

    def test_every_entrance_has_its_name(self) -> None:
        self.answer_questions({})
        self.output_of_run(
            f"""
            for port in range({HTTP_PORT}, {HTTP_PORT} + 4):
                with dial(port) as s:
                    s.sendall(b"{{}}\\n")
                    s.recv(10)
            """
        )
        self.assertEqual(list(ENTRANCES), [opened["entrance"] for opened in self.entrances.opened.values()])

    def test_code_that_sends_past_the_window_waits_for_credit(self) -> None:
        self.entrances.gives_credit = False
        # The kernel's buffers may hold all of it: the run goes on until its input comes, which is never.
        self.daemon.start(
            PREAMBLE + f"s = dial()\ns.sendall(b'x' * {WINDOW * 100})\ninput()", stdin=True, network=NETWORK
        )
        self.daemon.pump_until(lambda: len(self.entrances.sent.get(1, b"")) == WINDOW)
        while self.daemon.pump(0.2):
            continue
        self.assertEqual(WINDOW, len(self.entrances.sent[1]))

    def test_what_the_code_does_not_read_gives_no_credit(self) -> None:
        self.daemon.start(
            PREAMBLE + "s = dial()\ns.sendall(b'x')\ninput()\nprint(len(s.recv(9999)))", stdin=True, network=NETWORK
        )
        self.daemon.pump_until(lambda: bool(self.entrances.sent.get(1)))
        self.entrances.say(1, b"y" * WINDOW)
        self.daemon.pump_until(lambda: self.entrances.credit[1] > WINDOW // 2)

    def test_bytes_past_the_window_end_the_agent(self) -> None:
        self.daemon.start(PREAMBLE + "s = dial()\ns.sendall(b'x')\nimport time\ntime.sleep(60)", network=NETWORK)
        self.daemon.pump_until(lambda: bool(self.entrances.sent.get(1)))
        self.entrances.say(1, b"y" * (WINDOW + 1))
        self.assertEqual(65, self.daemon.process.wait(10))

    def test_a_cut_is_a_reset(self) -> None:
        self.entrances.heard = lambda number: None if number in self.entrances.closed else self.entrances.cut(number)
        output = self.output_of_run(
            """
            s = dial()
            s.sendall(b"x")
            try:
                print(s.recv(10))
            except ConnectionResetError:
                print("reset")
            """
        )
        self.assertEqual("reset\n", output)

    def test_more_connections_than_there_may_be_wait_outside(self) -> None:
        self.daemon.start(
            PREAMBLE + "all = [dial() for _ in range(6)]\nprint('dialled')\ninput()", stdin=True, network=NETWORK
        )
        self.daemon.pump_until(lambda: self.daemon.finished.output == "dialled\n")
        self.daemon.pump_until(lambda: len(self.entrances.opened) == 4)
        while self.daemon.pump(0.2):
            continue
        self.assertEqual(4, len(self.entrances.opened))
        self.entrances.cut(1)
        self.daemon.pump_until(lambda: len(self.entrances.opened) == 5)

    def test_connections_end_with_the_run(self) -> None:
        output = self.output_of_run("s = dial()\ns.sendall(b'x')\nprint('over')")
        self.assertEqual("over\n", output)
        self.assertTrue(self.daemon.can_run)

    # The shim

    def test_a_lookup_gives_what_stands_for_the_name(self) -> None:
        self.answer_questions({"address": "198.18.0.1"}, {"address": "198.18.0.1"})
        output = self.output_of_run(
            """
            print(socket.getaddrinfo("good.test", "https", type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))
            print(socket.gethostbyname("good.test"))
            """
        )
        self.assertIn("('198.18.0.1', 443)", output)
        self.assertEqual({"ask": "resolve", "host": "good.test", "port": 443}, self.asked[0])

    def test_a_denied_lookup_says_who_denied_it(self) -> None:
        self.answer_questions({"denied": "no rule (web.yaml:3)"})
        output = self.output_of_run(
            """
            try:
                socket.create_connection(("evil.test", 443))
            except PermissionError as error:
                print(error)
            """
        )
        self.assertIn("no rule (web.yaml:3)", output)

    def test_a_connect_is_announced_by_its_port_and_adds_no_bytes(self) -> None:
        self.answer_questions({"address": "198.18.0.1"}, {"allowed": True})
        output = self.output_of_run(
            """
            s = socket.create_connection(("good.test", 5432))
            s.sendall(b"select")
            print(s.recv(100))
            s.close()
            """
        )
        self.assertEqual("b'SELECT'\n", output)
        direct = next(o for o in self.entrances.opened.values() if o["entrance"] == "direct")
        expected = {"ask": "connect", "host": "198.18.0.1", "port": 5432, "source": direct["source"], "wait": True}
        self.assertEqual(expected, self.asked[1])

    def test_sockets_that_do_not_block_connect_too(self) -> None:
        self.answer_questions({"address": "198.18.0.1"}, {"allowed": True})
        output = self.output_of_run(
            """
            import asyncio
            reader, writer = await asyncio.open_connection("good.test", 80)
            writer.write(b"abc")
            print(await reader.read(10))
            writer.close()
            """
        )
        self.assertEqual("b'ABC'\n", output)
        self.assertIs(False, self.asked[1]["wait"])

    def test_an_address_is_asked_for_like_a_name(self) -> None:
        self.answer_questions({"denied": "'8.8.8.8' is not the name of a host"})
        output = self.output_of_run("print(socket.socket().connect_ex(('8.8.8.8', 53)) == errno.EACCES)")
        self.assertEqual("True\n", output)

    def test_failures_are_those_that_sockets_have(self) -> None:
        kinds = ("refused", "timed_out", "unreachable", "unresolved")
        self.answer_questions(*({"failed": kind, "message": "why"} for kind in kinds))
        output = self.output_of_run(
            """
            for _ in range(4):
                try:
                    socket.socket().connect(("198.18.0.1", 1))
                except OSError as error:
                    print(type(error).__name__, error)
            """
        )
        self.assertIn("ConnectionRefusedError [Errno 111] why\nTimeoutError [Errno 110] why\n", output)
        self.assertIn("gaierror [Errno -2] why", output)

    def test_a_forked_child_asks_as_well(self) -> None:
        self.answer_questions({"address": "198.18.0.1"}, {"allowed": True})
        output = self.output_of_run(
            """
            if os.fork() == 0:
                s = socket.create_connection(("good.test", 80))
                s.sendall(b"child")
                os.write(1, s.recv(10))
                os._exit(0)
            os.wait()
            """
        )
        self.assertEqual("CHILD", output)

    def test_the_sandbox_itself_is_reached_as_ever(self) -> None:
        output = self.output_of_run(
            """
            server = socket.create_server(("127.0.0.1", 0))
            for host in ("127.0.0.1", "localhost"):
                socket.create_connection((host, server.getsockname()[1])).close()
            a, b = socket.socketpair()
            print(socket.gethostbyname("localhost"))
            """
        )
        self.assertEqual("127.0.0.1\n", output)
        self.assertEqual({}, self.entrances.opened)

    def test_what_is_installed_during_the_run_is_found_though_it_was_looked_for_before(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            self.daemon.start(
                """if True:
                import os, sys
                folder = next(path for path in sys.path if path.endswith("site-packages") and "/.local/" in path)
                try:
                    import installed_meanwhile
                except ImportError:
                    print(os.path.exists(folder), "not yet")
                os.makedirs(folder)
                with open(os.path.join(folder, "installed_meanwhile.py"), "w") as module:
                    module.write("VALUE = 42")
                import installed_meanwhile
                print(installed_meanwhile.VALUE)
                """,
                network=NETWORK,
                environment={"HOME": home},
            )
            self.assertEqual("False not yet\n42\n", self.daemon.finish().output)

    def test_a_second_run_has_its_way_out_too(self) -> None:
        for _ in range(2):
            self.answer_questions()
            output = self.output_of_run("s = dial(); s.sendall(b'hello'); print(s.recv(99).decode(), end='')")
            self.assertEqual("HELLO", output)

    def test_an_empty_environment_changes_nothing(self) -> None:
        self.answer_questions({"denied": "no"})
        output = self.output_of_run(
            """
            os.environ.clear()
            try:
                socket.create_connection(("evil.test", 80))
            except PermissionError:
                print("denied")
            """
        )
        self.assertEqual("denied\n", output)
