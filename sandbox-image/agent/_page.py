"""The page of memory that supervisor and worker share: counters, and nothing that is trusted.

Every field has one writer, apart from the start of a run, when the supervisor writes all those of
a run and the worker is still waiting for it. The user's code can write here too; all it can do is
put its own output out of order, break its own window, which ends its own sandbox, or hide how its
own worker died, which makes its run last until its deadline.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable
from enum import IntEnum

# The supervisor settles its network within a millisecond.
_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.00005


class Field(IntEnum):
    """Index of each counter, a u64. The first eleven are of a run, the others of the sandbox."""

    WORKER_FRAMES = 0  # ordered frames that the worker has completely written in this run
    SUPERVISOR_FRAMES = 1  # the same for the supervisor
    READING = 2  # 1 while the supervisor takes bytes out of a capture pipe
    TAKEN = 3  # captured bytes that the supervisor took
    SENT = 4  # captured bytes whose frame is completely written
    GRANTED = 5  # lane 1: output bytes that the daemon has allowed in this run
    CHANNEL_BROKEN = 6  # 1 when the worker ends because it cannot write or read the channel
    ENDED = 7  # 1 when the worker has completely written how the run ended
    NETWORK_SETTLED = 8  # 1 when the supervisor listens for this run, or for none
    INTERRUPTED = 9  # 1 when the supervisor has sent the worker an interrupt of this run
    SETTLED = 10  # 1 when the worker says how the run ended and leaves the supervisor nothing to do
    BUNDLE_WRITTEN = 11  # 1 when the file with the installation's certificates is there
    BUNDLE_ERROR = 12  # why it could not be written, a number of the system's; else 0


_OF_A_RUN = tuple(field for field in Field if field <= Field.SETTLED)


class SharedPage:
    """Counters in anonymous shared memory; created before the fork."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.fields = memoryview(self._memory).cast("Q")

    def start_run(self, output_window: int) -> None:
        """All counters of a new run."""
        for field in _OF_A_RUN:
            self.fields[field] = 0
        self.fields[Field.GRANTED] = output_window

    def wait_for(self, field: Field, pause: Callable[[float], None] = time.sleep) -> None:
        """Until the other side has set the field; not for ever, because user code can set it too."""
        for _ in range(int(_PATIENCE_SECONDS / _PAUSE_SECONDS)):
            if self.fields[field]:
                return
            pause(_PAUSE_SECONDS)
