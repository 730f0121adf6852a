# What this program can see of the machine it runs on.
import os
import platform
import socket


def write_to_root():
    try:
        with open("/written-by-the-program", "w"):
            return "it could be written"
    except OSError as problem:
        return str(problem.strerror)


def capabilities():
    with open("/proc/self/status") as status:
        lines = dict(line.rstrip().split(":\t", 1) for line in status if ":\t" in line)
    return sorted({lines[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")})


{
    "kernel": platform.release(),
    "uid": os.getuid(),
    "capabilities": capabilities(),
    "network": [name for _, name in socket.if_nameindex()],
    "root_read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    "root_write": write_to_root(),
}
