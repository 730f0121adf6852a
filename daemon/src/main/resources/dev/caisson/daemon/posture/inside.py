# What a program finds in its sandbox, as one line of JSON: name -> text. The daemon runs it before it
# serves and compares every entry; one that it does not know, or misses, keeps it from serving.
import ctypes
import errno
import json
import os
import resource
import socket
import stat
import sys

found = {}


def words(things):
    return " ".join(sorted(str(thing) for thing in things))


def lines(path):
    with open(path) as file:
        return file.read().splitlines()


status = dict(line.split(":", 1) for line in lines("/proc/self/status") if ":" in line)
libc = ctypes.CDLL(None, use_errno=True)


def refusal(call):
    ctypes.set_errno(0)
    return "allowed" if call() != -1 else errno.errorcode.get(ctypes.get_errno(), "?")


found["kernel"] = "gvisor" if "gvisor" in os.uname().release.lower() else os.uname().release
found["user"] = f"{words(os.getresuid())} {words(os.getresgid())} {words(os.getgroups())}"
for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    found[key] = status.get(key, "absent").strip()
found["no new privileges"] = str(libc.prctl(39, 0, 0, 0, 0))
found["seccomp"] = status.get("Seccomp", "absent").strip()

# Engines differ in which controllers they show and which of their own text files they lay over the
# image's; neither may be writable.
groups = []
for line in lines("/proc/self/mountinfo"):
    fields, rest = line.split(" - ", 1)
    place, options = fields.split()[4:6]
    how = rest.split()[0] + (" ro" if "ro" in options.split(",") else " rw")
    if place.startswith("/sys/fs/cgroup") and how.split()[0] in ("cgroup", "cgroup2", "tmpfs"):
        groups += [place] if os.access(place, os.W_OK) else []
    elif place not in ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf") or how != "9p ro":
        found["mount " + place] = how
found["control groups that can be written"] = words(groups)
for place in ("/workspace", "/tmp", "/dev/shm"):
    size = os.statvfs(place)
    found["size of " + place] = str(size.f_blocks * size.f_frsize)
found["root"] = "ro" if os.statvfs("/").f_flag & os.ST_RDONLY else "rw"
for name in ("NPROC", "NOFILE", "FSIZE", "CORE"):
    found["limit " + name] = words(resource.getrlimit(getattr(resource, "RLIMIT_" + name)))

found["network"] = words(name for _, name in socket.if_nameindex())
found["devices"] = words(
    name for name in os.listdir("/dev") if stat.S_ISCHR(os.lstat("/dev/" + name).st_mode)
)
found["block devices"] = words(
    name for name in os.listdir("/dev") if stat.S_ISBLK(os.lstat("/dev/" + name).st_mode)
)
found["environment"] = words(os.environ)
found["working directory"] = os.getcwd()

found["unshare"] = refusal(lambda: libc.unshare(0x10020000))
found["mount"] = refusal(lambda: libc.mount(b"x", b"/tmp", b"tmpfs", 0, None))
found["setns"] = refusal(lambda: libc.setns(0, 0))
found["chroot"] = refusal(lambda: libc.chroot(b"/tmp"))
found["ptrace"] = refusal(lambda: libc.ptrace(0, 0, 0, 0))
found["clone3"] = refusal(lambda: libc.syscall(435, None, 0))
for name, family, kind in (
    ("packet", socket.AF_PACKET, socket.SOCK_RAW),
    ("raw", socket.AF_INET, socket.SOCK_RAW),
    ("vsock", 40, socket.SOCK_STREAM),
):
    try:
        socket.socket(family, kind, 1).close()
        found[name + " socket"] = "allowed"
    except OSError as error:
        found[name + " socket"] = errno.errorcode.get(error.errno, "?")

print(json.dumps(found), flush=True)
sys.stdin.read()
