"""Ends a process when the file that it writes to has not grown for a while.

    watchdog.py PROCESS FILE SECONDS
"""

import os
import signal
import sys
import time


def main(process: int, path: str, seconds: float) -> None:
    if os.fork():
        os._exit(0)
    os.setsid()
    size, since = -1, time.monotonic()
    while alive(process):
        time.sleep(1)
        with open(path, "rb") as file:
            written = file.read()
        if written.splitlines()[-1].startswith(b"done\t"):
            return
        if len(written) != size:
            size, since = len(written), time.monotonic()
        elif time.monotonic() - since > seconds:
            os.kill(process, signal.SIGKILL)
            return


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
