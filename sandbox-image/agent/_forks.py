"""A fork that memory has no room for is refused, as one past the limit of processes is.

gVisor copies nearly all of a Python process soon after its fork. A fork bomb would so be killed for
its memory, and the run with it, long before it met the limit of processes. Only `os.fork` asks; who
goes around it meets the sandbox's own limits.
"""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable
from typing import Any


def guard_forks(memory: int) -> None:
    """From here on `os.fork` and `os.forkpty` raise BlockingIOError at the limit."""
    os.fork = _guarded(os.fork, memory)
    os.forkpty = _guarded(os.forkpty, memory)


def _guarded(fork: Callable[[], Any], memory: int) -> Callable[[], Any]:
    @functools.wraps(fork)
    def guarded() -> Any:
        if _processes() * _private_bytes() > memory:
            raise BlockingIOError(errno.EAGAIN, "the sandbox's memory has no room for one more process")
        return fork()

    return guarded


def _processes() -> int:
    return sum(name.isdecimal() for name in os.listdir("/proc"))


def _private_bytes() -> int:
    """What a child of this process would copy at most."""
    with open("/proc/self/status", "rb") as file:
        for line in file:
            if line.startswith(b"VmData:"):
                return int(line.split()[1]) * 1024
    return 0
