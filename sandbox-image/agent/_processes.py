"""The processes of the sandbox as pid 1 sees them: ending them, and reaping.

All of this is only right in pid 1 of a namespace of its own: elsewhere `kill(-1)` and the list in
/proc mean the whole machine. So the agent refuses to start as anything else, and every function
that kills asks again.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import time
from contextlib import suppress

from ._limits import libc

_SYSINFO_BYTES = 256
_SYSINFO_TASKS = struct.Struct("=H")
_SYSINFO_TASKS_OFFSET = 80
# A process that forks faster than it is found is met again on the next pass.
_PASSES = 50
# Death is not instant; the pause lets it happen.
_PAUSE_SECONDS = 0.001


class NotInitError(Exception):
    """This process is not pid 1: it must not kill what it has not started."""


def insist_on_init() -> None:
    """Raises unless this process is pid 1."""
    if os.getpid() != 1:
        raise NotInitError("the agent of a sandbox runs as pid 1 of its own PID namespace only")


def kill_everything() -> None:
    """Kills every process of the sandbox but this one, in one step that no fork can outrun."""
    insist_on_init()
    with suppress(OSError):
        os.kill(-1, signal.SIGKILL)


def kill_others(spare: int) -> bool:
    """Kills all but this process and `spare`. False when there were new ones on every pass."""
    insist_on_init()
    if are_two_tasks():
        return True
    for _ in range(_PASSES):
        found = [pid for pid in _living() if pid != spare]
        if not found:
            return True
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_PAUSE_SECONDS)
    return False


def reap_orphans(spare: int) -> int | None:
    """Reaps what has ended. The wait status of `spare` if it was among them."""
    status_of_spare = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status_of_spare
        if pid == 0:
            return status_of_spare
        if pid == spare:
            status_of_spare = status


def are_two_tasks() -> bool:
    """Whether supervisor and worker are all there is in the sandbox, each with one thread.

    One call to the kernel where /proc takes many. Outside of gVisor it counts the whole machine,
    which only means that this is never true.
    """
    information = ctypes.create_string_buffer(_SYSINFO_BYTES)
    if libc.sysinfo(information) != 0:
        return False
    return bool(_SYSINFO_TASKS.unpack_from(information, _SYSINFO_TASKS_OFFSET)[0] == 2)


def _living() -> list[int]:
    pids = (int(name) for name in os.listdir("/proc") if name.isdecimal())
    return [pid for pid in pids if pid != 1 and not _is_dead(pid)]


def _is_dead(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state = file.read().rpartition(b")")[2].split()[0]
    except OSError:
        return True
    return state in (b"Z", b"X")
