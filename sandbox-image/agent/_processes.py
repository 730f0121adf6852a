"""The processes of the sandbox as the supervisor sees them: ending them all, and reaping."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

# A process that forks faster than it is found is met again on the next pass.
_PASSES = 50
# Death is not instant; the pause lets it happen.
_PAUSE_SECONDS = 0.001


def kill_everything() -> None:
    """Kills every process but this one."""
    if os.getpid() == 1:
        # One atomic step, which a fork bomb cannot outrun.
        with suppress(OSError):
            os.kill(-1, signal.SIGKILL)
        return
    kill_others(spare=0)


def kill_others(spare: int) -> bool:
    """Kills every descendant but `spare`. False when there were new ones on every pass."""
    for _ in range(_PASSES):
        found = _others(spare)
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


def _others(spare: int) -> list[int]:
    own = os.getpid()
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    candidates = [pid for pid in pids if pid not in (own, spare)]
    if own == 1:
        return [pid for pid in candidates if _parent_unless_dead(pid) is not None]
    return _descendants(own, candidates, spare)


def _descendants(own: int, candidates: list[int], spare: int) -> list[int]:
    """Only for a supervisor that is not pid 1 (tests): the machine has other processes then."""
    parents = {pid: _parent_unless_dead(pid) for pid in candidates}
    # Never 0: that is the parent of init, and with it of every process there is.
    family = {own, spare} - {0}
    while True:
        more = {pid for pid, parent in parents.items() if parent in family and pid not in family}
        if not more:
            return sorted(family - {own, spare, 0, 1})
        family |= more


def _parent_unless_dead(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if fields[0] in (b"Z", b"X"):
        return None
    return int(fields[1])
