"""The agent's own system call filter, installed before the first fork and inherited by all.

Why besides the engine's profile: gVisor turns every refusal of that profile into EPERM, and the C
library goes from clone3 to clone only on ENOSYS, so the profile has to leave clone3 alone. This
filter answers clone3 with ENOSYS and checks the flags of clone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import NamedTuple

from ._limits import libc

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_OFFSET_NUMBER = 0
_OFFSET_ARCHITECTURE = 4
_OFFSET_FIRST_ARGUMENT = 16

# NEWTIME is not a flag of clone (its bit is part of the exit signal there).
_NEW_NAMESPACES = 0x7E020000
# Numbers from here on are the x32 ABI: the same calls under other numbers.
_X32 = 0x40000000


class Architecture(NamedTuple):
    """The numbers of one machine type."""

    audit: int
    clone: int
    refused: tuple[int, ...]


_CLONE3 = 435
# open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr; io_uring_*: the same
# numbers everywhere.
_COMMON = (428, 429, 430, 431, 432, 433, 442, 425, 426, 427)

ARCHITECTURES = {
    "x86_64": Architecture(
        audit=0xC000003E,
        clone=56,
        # ptrace, pivot_root, mount, umount2, add_key, request_key, keyctl, unshare, setns,
        # process_vm_readv, process_vm_writev, bpf, userfaultfd
        refused=(101, 155, 165, 166, 248, 249, 250, 272, 308, 310, 311, 321, 323, *_COMMON),
    ),
    "aarch64": Architecture(
        audit=0xC00000B7,
        clone=220,
        # the same list: ptrace, pivot_root, mount, umount2, add_key, request_key, keyctl,
        # unshare, setns, process_vm_readv, process_vm_writev, bpf, userfaultfd
        refused=(117, 41, 40, 39, 217, 218, 219, 97, 268, 270, 271, 280, 282, *_COMMON),
    ),
}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _instruction(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, constant)


def build_filter(architecture: Architecture) -> bytes:
    """The filter's instructions."""
    refuse = _instruction(_RETURN, _ERRNO | errno.EPERM)
    parts = [
        _instruction(_LOAD, _OFFSET_ARCHITECTURE),
        _instruction(_EQUAL, architecture.audit, 1, 0),
        refuse,
        _instruction(_LOAD, _OFFSET_NUMBER),
        _instruction(_AT_LEAST, _X32, 0, 1),
        refuse,
        _instruction(_EQUAL, _CLONE3, 0, 1),
        _instruction(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for number in architecture.refused:
        parts += [_instruction(_EQUAL, number, 0, 1), refuse]
    parts += [
        _instruction(_EQUAL, architecture.clone, 0, 3),
        _instruction(_LOAD, _OFFSET_FIRST_ARGUMENT),
        _instruction(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        refuse,
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(parts)


def install_filter() -> None:
    """Installs the filter for this process and all that come from it. Raises when it cannot."""
    architecture = ARCHITECTURES.get(os.uname().machine)
    if architecture is None:
        raise OSError(errno.ENOTSUP, f"no system call filter for {os.uname().machine}")
    instructions = build_filter(architecture)
    memory = ctypes.create_string_buffer(instructions, len(instructions))
    program = _Program(len(instructions) // 8, ctypes.addressof(memory))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")
