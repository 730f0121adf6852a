"""Requests about files, against a workspace that hostile code may change at any moment."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from agent._file_work import _remove_tree
from agent._files import AT_ONCE
from agent._protocol import Kind
from agent._supervisor import EXIT_CHANNEL_BROKEN

from .agent_case import AgentCase
from .daemon_double import MIB, DaemonDouble

HOSTILE_NAMES = (
    "a b",
    "-rf",
    "línea ☃ 漢字",
    "new\nline",
    "tab\t",
    "\x01\x7f",
    "'\"`$(x)",
    "*",
    "~",
    ".hidden",
    "x" * 255,
)
ODD_SIZES = (0, 1, 65526, 65527, 65528, 300_000)


class FilesCase(AgentCase):
    folder: ClassVar[str]

    @classmethod
    def new_daemon(cls) -> DaemonDouble:
        cls.folder = tempfile.mkdtemp()
        return DaemonDouble(folder=cls.folder)

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    def setUp(self) -> None:
        self.renew()
        self.files = self.daemon.files

    def at(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def make(self, name: str, data: bytes = b"") -> None:
        with open(self.at(name), "wb") as file:
            file.write(data)

    def on_disk(self, name: str) -> bytes:
        with open(self.at(name), "rb") as file:
            return file.read()

    def ask(self, kind: Kind, path: str, **header: Any) -> dict[str, Any]:
        return self.files.wait(self.files.ask(kind, path, **header))

    def list_page(self, path: str = "", after: str = "", limit: int = 1000) -> dict[str, Any]:
        return self.ask(Kind.FILE_LIST, path, after=after, limit=limit)

    def names(self, path: str = "") -> list[str]:
        return [entry["name"] for entry in self.list_page(path)["entries"]]

    def start_read(self, path: str, window: int = MIB, **header: Any) -> int:
        asked = {"offset": 0, "length": 1 << 60, "most": 1 << 60, **header}
        return self.files.ask(Kind.FILE_READ, path, window=window, **asked)

    def read(self, path: str, **header: Any) -> bytes:
        number = self.start_read(path, **header)
        answer = self.files.wait(number)
        self.assertIn(number, self.files.done, answer)
        self.assertEqual(len(self.files.data[number]), answer["bytes"])
        return bytes(self.files.data[number])

    def start_write(self, path: str, window: int = MIB, replace: bool = True, parents: bool = False) -> int:
        return self.files.ask(Kind.FILE_WRITE, path, window=window, replace=replace, parents=parents)

    def write(self, path: str, data: bytes, **header: Any) -> dict[str, Any]:
        number = self.start_write(path, **header)
        for start in range(0, len(data), 50_000):
            piece = data[start : start + 50_000]
            self.daemon.send(Kind.FILE_PUT, piece, number)
            self.daemon.pump_until(
                lambda: self.files.is_over(number) or self.files.credit[number] >= start + len(piece)
            )
        self.daemon.send(Kind.FILE_PUT_END, b"", number)
        return self.files.wait(number)

    def assert_works(self) -> None:
        """Whatever a request met, the next one and the next run find all well."""
        self.assertEqual("2\n", self.output_of("print(1 + 1)", keep=True))
        self.assertNotIn("reason", self.write("works", b"yes"))
        self.assertEqual(b"yes", self.read("works"))

    def reason(self, kind: Kind, path: str, **header: Any) -> str:
        answer = self.ask(kind, path, **header)
        self.assertIn("reason", answer)
        reason: str = answer["reason"]
        return reason


class RoundTripTest(FilesCase):
    def test_any_name_and_any_size_comes_back_byte_for_byte(self) -> None:
        for place, name in enumerate(HOSTILE_NAMES):
            with self.subTest(name):
                data = os.urandom(ODD_SIZES[place % len(ODD_SIZES)])
                entry = self.write(name, data)["entry"]
                self.assertEqual(
                    (name, "file", len(data), 1), tuple(entry[k] for k in ("name", "kind", "size", "links"))
                )
                self.assertEqual(data, self.read(name))
                self.assertEqual(data, self.on_disk(name))
        self.assertEqual(sorted(HOSTILE_NAMES, key=str.encode), self.names())

    def test_a_part_of_a_file_can_be_read(self) -> None:
        self.make("part", b"0123456789")
        self.assertEqual(b"345", self.read("part", offset=3, length=3))
        self.assertEqual(b"9", self.read("part", offset=9, length=100))
        self.assertEqual(b"", self.read("part", offset=11))

    def test_a_write_keeps_the_mode_and_makes_parents_when_asked_to(self) -> None:
        self.make("script")
        os.chmod(self.at("script"), 0o4755)
        self.assertEqual(0o755, self.write("script", b"x")["entry"]["mode"])
        self.assertEqual(0o644, self.write("a/b/c", b"x", parents=True)["entry"]["mode"])
        self.assertEqual({"reason": "not_found", "component": 1}, self.write("a/x/c", b"x"))

    def test_what_is_there_is_kept_unless_it_may_be_replaced(self) -> None:
        self.make("old", b"old")
        self.assertEqual({"reason": "exists"}, self.write("old", b"new", replace=False))
        self.assertEqual(b"old", self.on_disk("old"))
        self.assertEqual("file", self.write("other", b"new", replace=False)["entry"]["kind"])
        self.assertEqual(["old", "other"], self.names())

    def test_one_that_appears_meanwhile_is_kept_too(self) -> None:
        number = self.start_write("late", replace=False)
        self.daemon.send(Kind.FILE_PUT, b"new", number)
        self.daemon.pump_until(lambda: self.files.credit[number] == 3)
        self.make("late", b"old")
        self.daemon.send(Kind.FILE_PUT_END, b"", number)
        self.assertEqual({"reason": "exists"}, self.files.wait(number))
        self.assertEqual(["late"], self.names())
        self.assertEqual(b"old", self.on_disk("late"))

    def test_directories(self) -> None:
        self.assertEqual({"created": True}, self.ask(Kind.FILE_MKDIR, "a"))
        self.assertEqual({"created": False}, self.ask(Kind.FILE_MKDIR, "a"))
        self.assertEqual("not_found", self.reason(Kind.FILE_MKDIR, "b/c"))
        self.assertEqual({"created": True}, self.ask(Kind.FILE_MKDIR, "b/c", parents=True))
        self.make("file")
        self.assertEqual("exists", self.reason(Kind.FILE_MKDIR, "file"))
        self.assertEqual("is_directory", self.write("a", b"x")["reason"])
        self.assertEqual("is_directory", self.files.wait(self.start_read("a"))["reason"])
        self.assertEqual("directory", self.ask(Kind.FILE_STAT, "")["entry"]["kind"])

    def test_deletion(self) -> None:
        for name in ("f", "tree/1", "tree/in/ner/2"):
            self.write(name, b"x", parents=True)
        os.symlink("/etc", self.at("tree/in/etc"))
        for number in range(600):
            self.make(f"tree/many-{number}")
        self.assertEqual({"removed": 1}, self.ask(Kind.FILE_DELETE, "f"))
        self.assertEqual("not_found", self.reason(Kind.FILE_DELETE, "f"))
        self.assertEqual("not_empty", self.reason(Kind.FILE_DELETE, "tree"))
        self.assertEqual({"removed": 606}, self.ask(Kind.FILE_DELETE, "tree", recursive=True))
        self.assertEqual([], self.names())
        self.assertTrue(os.path.exists("/etc/passwd"))

    def test_a_deep_tree_takes_no_descriptor_for_each_level(self) -> None:
        os.makedirs(self.at("/".join(["d"] * 60)))
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        before = len(os.listdir("/proc/self/fd"))
        most = 0
        for _ in _remove_tree(b"d", folder):
            most = max(most, len(os.listdir("/proc/self/fd")))
        self.assertEqual(before, most)
        self.assertEqual([], os.listdir(self.folder))

    def test_a_tree_that_is_too_deep_is_left(self) -> None:
        deep = "/".join(["d"] * 60)
        os.makedirs(self.at(deep, deep))
        self.assertEqual("too_deep", self.reason(Kind.FILE_DELETE, "d", recursive=True))
        self.assertEqual({"removed": 61}, self.ask(Kind.FILE_DELETE, deep, recursive=True))


class ListingTest(FilesCase):
    def test_a_huge_directory_comes_in_pages_in_the_order_of_its_names(self) -> None:
        names = sorted(f"file-{number}" for number in range(2500))
        for name in names:
            self.make(name)
        seen: list[str] = []
        more = True
        while more:
            page = self.list_page(after=seen[-1] if seen else "", limit=700)
            self.assertLessEqual(len(page["entries"]), 700)
            seen += [entry["name"] for entry in page["entries"]]
            more = page["more"]
        self.assertEqual(names, seen)

    def test_one_entry_at_a_time(self) -> None:
        for name in "abc":
            self.make(name)
        pages = [self.list_page(after=after, limit=1) for after in ("", "a", "b")]
        self.assertEqual(
            [("a", True), ("b", True), ("c", False)], [(page["entries"][0]["name"], page["more"]) for page in pages]
        )

    def test_long_names_make_short_pages(self) -> None:
        for number in range(60):
            self.make(f"{number:02}" + "\x01" * 253)
        page = self.list_page()
        self.assertTrue(page["more"])
        self.assertEqual(60, len(page["entries"]) + len(self.list_page(after=page["entries"][-1]["name"])["entries"]))

    def test_names_that_are_not_utf_8_are_counted(self) -> None:
        open(os.fsencode(self.folder) + b"/\xff\xfe", "w").close()
        self.make("named")
        page = self.list_page()
        self.assertEqual((["named"], 1), ([entry["name"] for entry in page["entries"]], page["unlisted"]))

    def test_links_and_the_rest_are_named_for_what_they_are(self) -> None:
        os.symlink("/etc/passwd", self.at("link"))
        os.mkfifo(self.at("pipe"))
        os.mkdir(self.at("folder"))
        self.make("file", b"123")
        os.link(self.at("file"), self.at("again"))
        kinds = {entry["name"]: (entry["kind"], entry["links"]) for entry in self.list_page()["entries"]}
        self.assertEqual(
            {
                "again": ("file", 2),
                "file": ("file", 2),
                "folder": ("directory", 2),
                "link": ("link", 1),
                "pipe": ("other", 1),
            },
            kinds,
        )
        self.assertEqual("link", self.ask(Kind.FILE_STAT, "link")["entry"]["kind"])


class HostileTest(FilesCase):
    def test_no_link_is_followed(self) -> None:
        outside = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, outside)
        with open(os.path.join(outside, "secret"), "w") as file:
            file.write("secret")
        os.symlink(outside, self.at("out"))
        os.symlink(os.path.join(outside, "secret"), self.at("file"))
        os.symlink(".", self.at("self"))
        for path, expected in (
            ("file", {"reason": "link"}),
            ("out", {"reason": "link"}),
            ("out/secret", {"reason": "link", "component": 0}),
            ("self/self/file", {"reason": "link", "component": 0}),
        ):
            with self.subTest(path):
                self.assertEqual(expected, self.files.wait(self.start_read(path)))
        self.assertEqual("link", self.reason(Kind.FILE_LIST, "out", limit=10))
        self.assertEqual("link", self.reason(Kind.FILE_MKDIR, "out/new", parents=True))
        self.assertEqual("link", self.reason(Kind.FILE_DELETE, "out/secret"))
        self.assertEqual({"reason": "link", "component": 0}, self.write("out/new", b"x", parents=True))
        self.assertEqual({"removed": 1}, self.ask(Kind.FILE_DELETE, "out", recursive=True))
        self.assertEqual(["secret"], os.listdir(outside))

    def test_a_link_is_replaced_and_what_it_points_to_is_not_touched(self) -> None:
        self.make("target", b"old")
        os.symlink("target", self.at("link"))
        self.assertEqual("file", self.write("link", b"new")["entry"]["kind"])
        self.assertEqual((b"old", b"new"), (self.on_disk("target"), self.on_disk("link")))

    def test_what_is_no_file_is_refused(self) -> None:
        os.mkfifo(self.at("pipe"))
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(self.at("socket"))
        for name in ("pipe", "socket"):
            with self.subTest(name):
                self.assertEqual({"reason": "special"}, self.files.wait(self.start_read(name)))
        self.assert_works()

    def test_names_swapped_all_the_time_never_lead_outside(self) -> None:
        outside = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, outside)
        for place in (self.at("folder"), outside):
            os.makedirs(place, exist_ok=True)
        self.make("folder/file", b"inside")
        with open(os.path.join(outside, "file"), "w") as file:
            file.write("outside")
        self.daemon.start(
            f"""
import os
print("on", flush=True)
while True:
    for swap in (lambda: os.symlink({outside!r}, "folder"), lambda: os.mkfifo("folder")):
        os.rename("folder", "kept")
        swap()
        os.unlink("folder")
        os.rename("kept", "folder")
        os.rename("folder/file", "folder/kept")
        os.symlink({outside + "/file"!r}, "folder/file")
        os.unlink("folder/file")
        os.rename("folder/kept", "folder/file")
""",
            keep=True,
        )
        self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
        seen: set[str] = set()
        written: set[str] = set()
        swapped = {"link", "special", "not_found", "not_directory"}
        # Until both were met, what is inside and what was swapped: else nothing was tried.
        for turn in range(20_000):
            if turn >= 150 and "inside" in seen and seen & swapped and written & swapped:
                break
            number = self.start_read("folder/file")
            answer = self.files.wait(number)
            seen.add(bytes(self.files.data[number]).decode() if "bytes" in answer else answer["reason"])
            written.add(self.write("folder/new", b"x").get("reason", "written"))
        self.assertLessEqual(seen, {"inside", *swapped})
        self.assertIn("inside", seen)
        self.assertTrue(seen & swapped, "no read met a name that was swapped")
        self.assertTrue(written & swapped, "no write met a name that was swapped")
        self.assertEqual(["file"], os.listdir(outside))
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        self.daemon.finish()

    def test_a_file_that_shrinks_ends_early_and_that_is_said(self) -> None:
        self.make("file", bytes(200_000))
        number = self.start_read("file", window=100_000)
        self.files.gives_credit = False
        self.daemon.pump_until(lambda: len(self.files.data[number]) == 100_000)
        os.truncate(self.at("file"), 150_000)
        self.grant(number, 100_000)
        self.assertEqual({"bytes": 150_000, "size": 150_000, "changed": True}, self.files.wait(number))

    def test_a_file_that_is_deleted_or_grows_is_read_as_it_was_opened(self) -> None:
        def grow() -> None:
            os.truncate(self.at("file"), 300_000)

        def go() -> None:
            os.unlink(self.at("file"))

        for change, changed in ((go, False), (grow, True)):
            self.make("file", bytes(200_000))
            number = self.start_read("file", window=100_000)
            self.files.gives_credit = False
            self.await_bytes(number, 100_000)
            change()
            self.grant(number, 100_000)
            answer = self.files.wait(number)
            self.assertEqual((200_000, changed), (answer["bytes"], answer["changed"]))

    def await_bytes(self, number: int, count: int) -> None:
        self.daemon.pump_until(lambda: len(self.files.data[number]) == count)

    def grant(self, number: int, count: int) -> None:
        self.daemon.send(Kind.FILE_CREDIT, count.to_bytes(4, "big"), number)

    def test_a_sparse_file_costs_what_is_asked_for(self) -> None:
        self.make("sparse")
        os.truncate(self.at("sparse"), 1 << 40)
        self.assertEqual(bytes(10), self.read("sparse", offset=1 << 39, length=10))
        self.assertEqual({"reason": "too_large"}, self.files.wait(self.start_read("sparse", most=MIB)))


class UnfinishedTest(FilesCase):
    """A write that does not come to its end leaves nothing, and the file before it whole."""

    def begun(self) -> int:
        self.make("file", b"old")
        number = self.start_write("file")
        self.daemon.send(Kind.FILE_PUT, b"new", number)
        self.daemon.pump_until(lambda: self.files.credit[number] == 3)
        self.assertEqual(2, len(os.listdir(self.folder)))
        return number

    def check(self) -> None:
        self.assertEqual(["file"], os.listdir(self.folder))
        self.assertEqual(b"old", self.on_disk("file"))
        self.assert_works()

    def test_when_it_is_cancelled(self) -> None:
        number = self.begun()
        self.daemon.send(Kind.FILE_CANCEL, b"", number)
        self.assertEqual({"reason": "cancelled"}, self.files.wait(number))
        self.check()

    def test_when_its_place_is_taken(self) -> None:
        number = self.begun()
        [temporary] = [name for name in os.listdir(self.folder) if name != "file"]
        os.unlink(self.at(temporary))
        self.daemon.send(Kind.FILE_PUT_END, b"", number)
        self.assertEqual("not_found", self.files.wait(number)["reason"])
        self.check()

    def test_when_something_else_takes_its_place(self) -> None:
        number = self.begun()
        [temporary] = [name for name in os.listdir(self.folder) if name != "file"]
        os.unlink(self.at(temporary))
        os.symlink("/etc/passwd", self.at(temporary))
        self.daemon.send(Kind.FILE_PUT_END, b"", number)
        self.assertEqual("changed", self.files.wait(number)["reason"])
        self.assertEqual({"reason": "link"}, self.files.wait(self.start_read("file")))

    def test_when_the_file_may_not_be_so_large(self) -> None:
        self.renew_with(["prlimit", f"--fsize={64 * 1024}"])
        self.make("file", b"old")
        answer = self.write("file", bytes(100_000))
        self.assertEqual({"reason": "too_large"}, answer)
        self.check()

    def test_when_the_disk_is_full(self) -> None:
        mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=64k none . && cd "$PWD" && exec "$@"', "sh"]
        self.renew_with(mount)
        self.assertNotIn("reason", self.write("file", b"old"))
        self.assertEqual({"reason": "no_space"}, self.write("file", bytes(100_000)))
        self.assertEqual({"reason": "no_space"}, self.write("other", bytes(100_000)))
        self.assertEqual(["file"], self.names())
        self.assertEqual(b"old", self.read("file"))
        self.assert_works()

    def renew_with(self, prefix: list[str]) -> None:
        own = DaemonDouble.command()
        type(self).new_daemon = classmethod(  # type: ignore[method-assign, assignment]
            lambda cls: DaemonDouble([*prefix, *own], folder=self.new_folder())
        )
        self.addCleanup(lambda: delattr(type(self), "new_daemon"))
        self.renew()
        self.files = self.daemon.files

    @classmethod
    def new_folder(cls) -> str:
        cls.folder = tempfile.mkdtemp()
        return cls.folder


class TogetherTest(FilesCase):
    def test_a_reader_that_gives_no_credit_holds_up_nothing(self) -> None:
        self.make("large", bytes(MIB))
        self.files.gives_credit = False
        slow = [self.start_read("large", window=1000) for _ in range(AT_ONCE - 1)]
        self.daemon.pump_until(lambda: all(len(self.files.data[number]) == 1000 for number in slow))
        self.daemon.send(Kind.PING, b"still there?")
        self.daemon.pump_until(lambda: self.daemon.pongs == [b"still there?"])
        self.assert_works()
        for number in slow:
            self.daemon.send(Kind.FILE_CANCEL, b"", number)
            self.assertEqual({"reason": "cancelled"}, self.files.wait(number))
        self.assertTrue(all(len(self.files.data[number]) == 1000 for number in slow))

    def test_files_move_while_a_program_runs_and_while_its_worker_is_replaced(self) -> None:
        data = os.urandom(3 * MIB)
        self.make("large", data)
        self.daemon.start("print('on')\nwhile True: pass", keep=True)
        self.daemon.pump_until(lambda: self.daemon.finished.output == "on\n")
        self.assertEqual(data, self.read("large"))
        number = self.start_read("large", window=65536)
        self.daemon.pump_until(lambda: len(self.files.data[number]) > 65536)
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        self.daemon.finish()
        self.files.wait(number)
        self.assertEqual(data, bytes(self.files.data[number]))
        self.assertEqual(data, self.read("large"))
        self.assert_works()

    def test_a_hundred_requests_leave_no_descriptor(self) -> None:
        self.make("file", bytes(100))
        os.mkdir(self.at("folder"))

        def open_now() -> int:
            children = f"/proc/{self.daemon.process.pid}/task/{self.daemon.process.pid}/children"
            with open(children) as file:
                [pid] = file.read().split()
            return len(os.listdir(f"/proc/{pid}/fd"))

        asked: list[Callable[[], object]] = [
            lambda: self.read("file"),
            lambda: self.write("folder/new", b"x"),
            lambda: self.write("absent/new", b"x"),
            lambda: self.list_page(),
            lambda: self.ask(Kind.FILE_DELETE, "folder", recursive=True),
            lambda: self.ask(Kind.FILE_MKDIR, "folder"),
        ]
        for ask in asked:
            ask()
        before = open_now()
        for _ in range(20):
            for ask in asked:
                ask()
        self.assertEqual(before, open_now())


class AfterARunTest(FilesCase):
    """In a sandbox that a run has for itself: its files are there, whatever becomes of its worker."""

    def test_after_kill_nothing_of_the_program_goes_on(self) -> None:
        self.daemon.start(
            """
import threading
def count():
    number = 0
    while True:
        number += 1
        with open("count", "w") as file:
            file.write(str(number))
started = threading.Thread(target=count, daemon=True)
started.start()
while not __import__("os").path.exists("count"): pass
"""
        )
        self.daemon.finish()
        self.daemon.send(Kind.KILL, stream=self.daemon.stream)
        first = self.read("count")
        self.daemon.await_no_worker()
        self.assertEqual(first, self.on_disk("count"))
        self.assertEqual(first, self.read("count"))

    def test_a_program_that_ends_its_interpreter_afterwards_leaves_its_files(self) -> None:
        self.daemon.start(
            """
import os, threading
def end():
    while not os.path.exists("go"): pass
    os._exit(3)
threading.Thread(target=end, daemon=True).start()
open("left", "w").write("left")
"""
        )
        self.daemon.finish()
        self.assertNotIn("reason", self.write("go", b""))
        self.daemon.await_no_worker()
        self.assertEqual(b"left", self.read("left"))


class DaemonAtFaultTest(FilesCase):
    """The agent ends rather than guess what a daemon means that breaks the rules."""

    def assert_ends(self) -> None:
        with suppress(AssertionError):
            self.daemon.pump_until(lambda: False)
        self.assertEqual(EXIT_CHANNEL_BROKEN, self.daemon.process.wait())

    def test_paths_that_lead_elsewhere(self) -> None:
        for path in (
            "/etc/passwd",
            "../x",
            "a/../b",
            "./a",
            "a//b",
            "a/",
            "nul\0",
            "x" * 256,
            "/".join("a" * 65),
            "x/" * 2048 + "x",
        ):
            with self.subTest(path[:20]):
                self.renew()
                self.daemon.files.ask(Kind.FILE_STAT, path)
                self.assert_ends()

    def test_the_workspace_itself_cannot_be_written_or_deleted(self) -> None:
        for kind in (Kind.FILE_DELETE, Kind.FILE_MKDIR, Kind.FILE_READ, Kind.FILE_WRITE):
            with self.subTest(kind):
                self.renew()
                self.daemon.files.ask(kind, "", offset=0, length=0, most=0, window=1, recursive=True)
                self.assert_ends()

    def test_more_requests_than_there_may_be(self) -> None:
        for _ in range(AT_ONCE + 1):
            self.start_write("file")
        self.assert_ends()

    def test_more_bytes_than_the_window(self) -> None:
        number = self.start_write("file", window=10)
        self.daemon.send(Kind.FILE_PUT, bytes(11), number)
        self.assert_ends()

    def test_bytes_after_the_end_and_for_a_request_never_made(self) -> None:
        self.daemon.send(Kind.FILE_PUT, b"x", 7)
        self.assert_ends()
