"""Names of the workspace, resolved one component at a time: no link is followed on the way.

The code in the sandbox is the same user and may swap anything at any moment. So what a name is gets
decided by what was opened, never by a look before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ._protocol import ProtocolError

PATH_BYTES = 4095
NAME_BYTES = 255
DEPTH = 64

# Never with O_DIRECTORY: gVisor follows a last link then, whatever O_NOFOLLOW says.
READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_REASONS = {
    errno.ENOENT: "not_found",
    errno.EEXIST: "exists",
    errno.ENOTDIR: "not_directory",
    errno.EISDIR: "is_directory",
    errno.ELOOP: "link",
    errno.ENXIO: "special",
    errno.ENOTEMPTY: "not_empty",
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "no_space",
    errno.EFBIG: "too_large",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EMFILE: "busy",
    errno.ENFILE: "busy",
}


class FileError(Exception):
    """Why a request about a file fails. `component` is the part of the path that is to blame."""

    def __init__(self, reason: str, component: int | None = None, number: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.component = component
        self.number = number

    def fields(self) -> dict[str, Any]:
        """As the channel carries it."""
        fields: dict[str, Any] = {"reason": self.reason}
        if self.component is not None:
            fields["component"] = self.component
        if self.number is not None:
            fields["errno"] = self.number
        return fields


def error_of(error: OSError, component: int | None = None) -> FileError:
    """What an error of the kernel's means to whoever asked."""
    reason = _REASONS.get(error.errno or 0)
    return FileError(reason or "failed", component, None if reason else error.errno)


def components_of(path: object) -> list[bytes]:
    """The parts of a path as the daemon sends it; none for the workspace itself."""
    if not isinstance(path, str):
        raise ProtocolError("path is not text")
    try:
        encoded = path.encode()
    except UnicodeEncodeError as error:
        raise ProtocolError("path is not UTF-8") from error
    parts = encoded.split(b"/") if encoded else []
    if len(encoded) > PATH_BYTES or len(parts) > DEPTH or b"\0" in encoded:
        raise ProtocolError("path is too long, too deep or has a NUL")
    for part in parts:
        if part in (b"", b".", b"..") or len(part) > NAME_BYTES:
            raise ProtocolError("path has a part that is no name")
    return parts


def open_as(kind: str, name: bytes | str, within: int | None = None) -> int:
    """A file or a directory, and not what a link stands for. Anything else is closed again."""
    # Only so that a reader's open wakes up no writer of a pipe: what counts is the look afterwards.
    _require(kind, os.stat(name, dir_fd=within, follow_symlinks=False))
    descriptor = os.open(name, READING, dir_fd=within)
    try:
        info = os.fstat(descriptor)
        _require(kind, info)
        # The workspace is a file system of its own, so whatever leads out of it shows.
        if within is not None and info.st_dev != os.fstat(within).st_dev:
            raise FileError("link")
    except FileError:
        os.close(descriptor)
        raise
    return descriptor


def _require(kind: str, info: os.stat_result) -> None:
    found = kind_of(info.st_mode)
    if found != kind:
        wrong = {"link": "link", "directory": "is_directory", "file": "not_directory"}
        raise FileError(wrong.get(found, "special" if kind == "file" else "not_directory"))


@contextmanager
def folder_of(parts: list[bytes], make: bool = False) -> Iterator[int]:
    """The directory that these parts lead to from the workspace, for as long as it is needed.

    The workspace is where this process has started and always is. With `make`, what is missing on
    the way is made.
    """
    folder = open_as("directory", ".")
    try:
        for place, part in enumerate(parts):
            try:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=folder)
                inner = open_as("directory", part, folder)
            except FileError as error:
                raise FileError(error.reason, place) from None
            except OSError as error:
                raise error_of(error, place) from None
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def kind_of(mode: int) -> str:
    """What a name stands for."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "other"


def describe(name: str, info: os.stat_result) -> dict[str, Any]:
    """One entry as the channel carries it."""
    return {
        "name": name,
        "kind": kind_of(info.st_mode),
        "size": info.st_size,
        "modified": info.st_mtime_ns,
        "mode": stat.S_IMODE(info.st_mode),
        "links": info.st_nlink,
    }
