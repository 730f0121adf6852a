"""Runs one of CPython's test modules and notes what came of each of its tests, a line for each.

The same for both sides of the comparison: a session's interpreter imports it, and so does a plain one. Notes are
written as tests begin and end, so that what ends the interpreter, or hangs until the watchdog ends it, is known by
its name and left out when the module is gone on with.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import test as installed
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TESTS = FOLDER / "cpython"
PACKED = FOLDER / "cpython-tests.tar.gz"
PATIENCE = 60  # seconds without a note, and the interpreter is ended
DETAIL = 1500

BEGUN, LOST, FAILED, ERROR = "begun", "lost", "failed", "error"
# Of several things that happened to one test the last of these counts.
_ORDER = ["passed", "expected failure", "skipped", "unexpected success", FAILED, ERROR, LOST]

# Tests replace what is in modules; notes are written all the same.
_open, _write, _close, _getpid, _exit = os.open, os.write, os.close, os.getpid, os._exit


def unpack():
    """The package `test` as a whole: Debian installs a part of it, the rest is packed."""
    if TESTS.exists():
        return
    part = TESTS.with_suffix(".part")
    shutil.copytree(Path(installed.__file__).parent, part / "test", ignore=shutil.ignore_patterns("__pycache__"))
    with tarfile.open(PACKED) as packed:
        for member in packed:
            before, found, name = member.name.partition("/python3.13/test/")
            if found:
                packed.extract(member.replace(name=f"test/{name}"), part, filter="data")
    part.rename(TESTS)


class Notes:
    """What came of each test: lines of result, id and detail."""

    def __init__(self, path):
        self._path = os.fspath(path)
        self._process = _getpid()
        self.results = {}

    def read(self):
        """Takes up what an interpreter before has written, and says what it was lost at."""
        if not os.path.exists(self._path):
            return
        for line in Path(self._path).read_text().splitlines():
            result, name, _detail = line.split("\t")
            self.results[name] = result
        for name, result in list(self.results.items()):
            if result == BEGUN:
                self.write(LOST, name)

    def write(self, result, name, detail=""):
        """Adds a line. A process that a test has forked has no business here and ends."""
        if _getpid() != self._process:
            _exit(70)
        self.results[name] = result
        line = "\t".join((result, name.replace("\t", " ").replace("\n", " "), json.dumps(detail[-DETAIL:])))
        file = _open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        _write(file, line.encode("utf-8", "backslashreplace") + b"\n")
        _close(file)


class NotedResult(unittest.TestResult):
    """Writes down what unittest says."""

    def __init__(self, notes):
        super().__init__()
        self._notes = notes
        self._seen = {}

    def startTest(self, test):
        super().startTest(test)
        self._notes.write(BEGUN, test.id())

    def stopTest(self, test):
        super().stopTest(test)
        self._notes.write(*self._seen.pop(test.id(), ("passed", test.id(), "")))

    def addError(self, test, err):
        self._see(test, ERROR, self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self._see(test, FAILED, self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        self._see(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        self._see(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self._see(test, "unexpected success")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self._see(test, FAILED if failed else ERROR, self._exc_info_to_string(err, test))

    def _see(self, test, result, detail=""):
        # What unittest has in place of a test when a fixture of a class or a module fails.
        if not isinstance(test, unittest.TestCase):
            test = getattr(test, "test_case", test)
        if not isinstance(test, unittest.TestCase):
            self._notes.write(result, test.id(), detail)
            return
        before = self._seen.get(test.id(), ("passed", "", ""))
        if _ORDER.index(result) > _ORDER.index(before[0]):
            self._seen[test.id()] = (result, test.id(), detail)


def tests_of(suite):
    """All tests of a suite, in their order."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def watch(path):
    """A process that is nobody's child, so that tests which wait for children do not meet it."""
    subprocess.run(
        [sys.executable, "-I", FOLDER / "watchdog.py", str(_getpid()), path, str(PATIENCE)], check=True
    )


def run(module, path, left_out):
    """Runs what has no result yet. Returns when all has one."""
    unpack()
    sys.path.insert(0, os.fspath(TESTS))
    for name in [name for name in sys.modules if name == "test" or name.startswith("test.")]:
        del sys.modules[name]
    from test import support

    support.use_resources = ["cpu", "subprocess", "walltime"]
    notes = Notes(path)
    notes.read()
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(f"test.{module}"))
    left = [test for test in tests_of(suite) if test.id() not in notes.results and test.id() not in left_out]
    notes.write(BEGUN, "(the interpreter)")
    watch(path)
    unittest.TestSuite(left).run(NotedResult(notes))
    notes.write("done", "(the interpreter)")
