"""What the agent sets for itself and the worker at start: process attributes and soft limits."""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_SIGKILL = 9

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


def limit_memory(size: int) -> None:
    """Turns ordinary excess into MemoryError before the sandbox as a whole is killed.

    RLIMIT_DATA and not RLIMIT_AS, because the C library reserves address space for every thread
    that it never touches.
    """
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = size if hard == resource.RLIM_INFINITY else min(size, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def memory_limit_of_environment() -> int | None:
    """The limit that the daemon set on the container; None when there is none."""
    text = os.environ.pop(MEMORY_VARIABLE, "")
    return int(text) if text.isdecimal() and int(text) > 0 else None
