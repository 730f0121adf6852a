"""Imports done once before the fork, so that a run finds the common modules there already."""

from __future__ import annotations

import importlib
import os
from typing import Final

# What an image has imported beside that: a program of its own, as read-only and as trusted as the agent.
WARMING_PROGRAM: Final = "/opt/caisson/warm.py"

# Libraries that compute start their threads when they are loaded. The supervisor forks, so it has one.
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_MODULES = (
    "array", "ast", "asyncio", "base64", "bisect", "calendar", "collections.abc", "concurrent.futures",
    "contextlib", "copy", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "fractions", "functools", "glob", "hashlib", "heapq", "html", "inspect", "io", "itertools", "json",
    "linecache", "logging", "math", "operator", "os.path", "pathlib", "pickle", "pprint", "queue",
    "random", "re", "reprlib", "secrets", "shlex", "shutil", "signal", "statistics", "string", "struct",
    "subprocess", "tempfile", "textwrap", "threading", "time", "traceback", "types", "typing",
    "unicodedata", "urllib.parse", "uuid", "warnings", "weakref", "zlib", "zoneinfo",
)  # fmt: skip


def preload() -> None:
    """Imports the common modules; one that this Python lacks is left out."""
    for name in _MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


class WarmingError(Exception):
    """The image's own imports do not work, or left what a process that forks must not have."""


def warm(program: str = WARMING_PROGRAM) -> int:
    """Runs the image's program for this, when it has one. The memory in bytes that it has taken.

    Before any code of a user is there, so nothing of theirs can be what is imported. What it says to
    the environment holds for it alone.
    """
    if not os.path.exists(program):
        return 0
    before = _resident_bytes()
    environment = dict(os.environ)
    os.environ.update(_ONE_THREAD)
    try:
        with open(program, "rb") as file:
            exec(compile(file.read(), program, "exec"), {"__name__": "_caisson_warm", "__file__": program})
    except Exception as error:
        raise WarmingError(f"{program}: {type(error).__name__}: {error}") from error
    finally:
        os.environ.clear()
        os.environ.update(environment)
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise WarmingError(f"{program} has left {threads - 1} threads, and the supervisor may only have one to fork")
    return max(0, _resident_bytes() - before)


def _resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
