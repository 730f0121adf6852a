"""What the agent sets for itself and the worker at start: process attributes and soft limits."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import threading
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_SIGKILL = 9
_M_ARENA_MAX = -8

# Enough for the interpreter's own bound on recursion in C.
THREAD_STACK_BYTES = 2 * 1024 * 1024

# What the agent needs to receive a program of the greatest size and to take it apart.
_ROOM_BYTES = 16 * 1024 * 1024

MEMORY_VARIABLE = "CAISSON_MEMORY_BYTES"

libc = ctypes.CDLL(None, use_errno=True)


def set_dumpable(dumpable: bool) -> None:
    """An undumpable process keeps its descriptors in /proc from others of the same user.

    The supervisor is undumpable, else the worker could write frames in its name and read its
    stdin. The worker is dumpable, else the user's code could not open /dev/stdout.
    """
    libc.prctl(_PR_SET_DUMPABLE, int(dumpable), 0, 0, 0)


def die_with_parent() -> None:
    """The kernel kills this process when its parent dies."""
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def limit_core() -> None:
    """No core files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class MemoryLimit:
    """Turns ordinary excess into MemoryError before the sandbox as a whole is killed.

    By address space, because gVisor counts nothing else against a limit. What the worker has mapped
    before user code runs comes on top, and two things are made small that reserve far more than
    they touch: the C library's arenas and the stacks of threads.
    """

    def __init__(self, size: int) -> None:
        libc.mallopt(_M_ARENA_MAX, 1)
        threading.stack_size(THREAD_STACK_BYTES)
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = size + _mapped_bytes()
        self._limits = (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        self._is_set = False

    def set(self) -> None:
        """User code starts. Nothing to do after a run that left the limit where it was."""
        if not self._is_set:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, self._limits)
            self._is_set = True

    def lift(self) -> None:
        """The agent itself needs memory, and there is none under the limit."""
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (self._limits[1], self._limits[1]))
        self._is_set = False

    def leave_room(self) -> None:
        """Between two runs: the limit stays unless the next run could not be received under it."""
        if self._is_set:
            try:
                mmap.mmap(-1, _ROOM_BYTES).close()
            except (OSError, MemoryError):
                self.lift()


def _mapped_bytes() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def memory_limit_of_environment() -> int | None:
    """The limit that the daemon set on the container; None when there is none."""
    text = os.environ.pop(MEMORY_VARIABLE, "")
    return int(text) if text.isdecimal() and int(text) > 0 else None
