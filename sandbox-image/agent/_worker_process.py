"""The supervisor's end of one worker: its process and the ways to it. Another one may follow it."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress

from . import _worker
from ._capture import Capture, move_up
from ._page import Field, SharedPage

# A worker that closed its socket is either on its way out or has closed its descriptors.
EXIT_GRACE_MILLIS = 100

# The supervisor opens few, and each gets the lowest number that is free.
_MOST_DESCRIPTORS = 1024


class WorkerProcess:
    """A worker from its fork until it was reaped."""

    def __init__(self, output: int, page: SharedPage, capture: Capture, memory: int | None) -> None:
        """`output` is the worker's end of the channel; the supervisor keeps it for the next one."""
        page.fields[Field.CHANNEL_BROKEN] = 0
        stdin_read, self.stdin = os.pipe()
        ours, theirs = _socket_pair(socket.SOCK_STREAM)
        self._giving, taking = _socket_pair(socket.SOCK_DGRAM)
        self.pid = os.fork()
        if self.pid == 0:
            signal.set_wakeup_fd(-1)
            os.dup2(stdin_read, 0)
            standing = capture.connect_worker()
            _close_all_but(0, 1, 2, output, theirs.fileno(), taking.fileno(), *standing.descriptors)
            _worker.main(_worker.Ends(output, theirs, taking, page, standing.count), memory)
        os.close(stdin_read)
        theirs.close()
        taking.close()
        ours.setblocking(False)
        self.socket = ours
        self.is_fresh = True  # no run was given to it
        self.closed_at: float | None = None  # when its end of the socket went away

    @property
    def is_alive(self) -> bool:
        """Whether it was not reaped yet."""
        return self.pid != 0

    def replace_stdin(self) -> int:
        """Another pipe for fd 0, which the worker takes at its next run. The end to write to."""
        reading, writing = os.pipe()
        with suppress(OSError):  # a worker that is gone needs none
            socket.send_fds(self._giving, [_worker.STDIN], [reading])
        os.close(reading)
        return writing

    def said(self) -> bytes:
        """What it says to the supervisor, one byte each; notes when its end went away."""
        try:
            data = self.socket.recv(64)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.closed_at = time.monotonic()
        return data

    def end_if_late(self) -> int | None:
        """Ends a worker that closed its descriptors and has not exited since; its status then."""
        if self.closed_at is None or not self.is_alive:
            return None
        if time.monotonic() - self.closed_at < EXIT_GRACE_MILLIS / 1000:
            return None
        with suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
            return os.waitpid(self.pid, 0)[1]
        return None

    def reaped(self) -> None:
        """It has ended. Nothing of it is left in this process but what others hold."""
        self.pid = 0
        self.socket.close()
        self._giving.close()


def _socket_pair(kind: socket.SocketKind) -> tuple[socket.socket, socket.socket]:
    """Ours, and theirs where user code does not meet it."""
    ours, low = socket.socketpair(socket.AF_UNIX, kind)
    theirs = socket.socket(fileno=move_up(low.fileno()))
    low.close()
    return ours, theirs


def _close_all_but(*kept: int) -> None:
    """What the supervisor has open is not the worker's."""
    lowest = 0
    for descriptor in sorted(kept):
        if lowest < descriptor:  # of (0, 0) Python makes all there are
            os.closerange(lowest, descriptor)
        lowest = descriptor + 1
    os.closerange(lowest, _MOST_DESCRIPTORS)
