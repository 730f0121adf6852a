"""The work on each kind of request about files, in small pieces: a yield ends a piece."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from ._file_request import FileRequest, Steps
from ._framing import FRAME_BYTES, HEADER
from ._paths import DEPTH, FileError, describe, folder_of, open_as
from ._protocol import encode_json

_PIECE = FRAME_BYTES - HEADER.size
# Names looked at, or removed, in one step.
_NAMES = 256
_MOST_ENTRIES = 1000
# Of the entries of one answer, which has to fit into one frame.
_PAGE_BYTES = 60_000

_MAKING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


# Looking


def list_folder(request: FileRequest) -> Steps:
    """One page: the first names behind `after`, in the order of their bytes."""
    limit = min(request.count("limit"), _MOST_ENTRIES)
    after = request.text("after").encode()
    page: list[dict[str, Any]] = []
    more = True
    with folder_of(request.parts) as folder:
        while more and not page:
            names, unlisted = yield from _names(folder, after, limit)
            size = 0
            more = len(names) > limit
            for number, name in enumerate(names[:limit], 1):
                with suppress(FileNotFoundError):  # it went away meanwhile
                    entry = describe(name.decode(), os.stat(name, dir_fd=folder, follow_symlinks=False))
                    size += len(encode_json(entry)) + 1
                    if size > _PAGE_BYTES:
                        more = True
                        break
                    page.append(entry)
                after = name
                if number % _NAMES == 0:
                    yield True
    request.done(entries=page, more=more, unlisted=unlisted)


def _names(folder: int, after: bytes, limit: int) -> Generator[bool, None, tuple[list[bytes], int]]:
    """The first names behind `after` and one more, if there is one; and how many are no text."""
    kept: list[bytes] = []
    unlisted = 0
    with os.scandir(folder) as entries:
        for number, found in enumerate(entries, 1):
            name = os.fsencode(found.name)
            if not _is_text(name):
                unlisted += 1
            elif name > after:
                kept.append(name)
            if len(kept) > 2 * _MOST_ENTRIES:
                kept = sorted(kept)[: limit + 1]
            if number % _NAMES == 0:
                yield True
    return sorted(kept)[: limit + 1], unlisted


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def stat_name(request: FileRequest) -> Steps:
    """What a name is, a link itself included."""
    yield True
    with folder_of(request.parts[:-1]) as folder:
        name = request.parts[-1] if request.parts else b"."
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    request.done(entry=request.entry(info))


# Reading


def read(request: FileRequest) -> Steps:
    """The bytes that were there when it was opened. One that shrinks ends early, and that is said."""
    request.credit += request.window
    offset, length, most = request.count("offset"), request.count("length"), request.count("most")
    with ExitStack() as opened:
        with folder_of(request.parts[:-1]) as folder:
            descriptor = open_as("file", request.name, folder)
            opened.callback(os.close, descriptor)
        before = os.fstat(descriptor)
        wanted = min(max(0, before.st_size - offset), length)
        if wanted > most:
            raise FileError("too_large")
        request.found(before)
        sent = 0
        while sent < wanted:
            if request.credit <= 0:
                yield False
                continue
            data = os.pread(descriptor, min(_PIECE, request.credit, wanted - sent), offset + sent)
            if not data:
                break
            request.data(data)
            sent += len(data)
            yield True
        after = os.fstat(descriptor)
    changed = (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns)
    request.done(bytes=sent, size=after.st_size, changed=changed)


# Writing


def write(request: FileRequest) -> Steps:
    """Into a file of another name, which then takes the name: the one before it is whole until then."""
    replace = request.flag("replace")
    with folder_of(request.parts[:-1], make=request.flag("parents")) as folder, ExitStack() as undo:
        mode = _mode_of_the_one_before(request.name, folder, replace)
        temporary = f".caisson-{secrets.token_hex(8)}.tmp".encode()
        descriptor = os.open(temporary, _MAKING, 0o600, dir_fd=folder)
        undo.callback(_remove, temporary, folder)
        undo.callback(os.close, descriptor)
        while request.arrived or not request.ended:
            if not request.arrived:
                yield False
                continue
            data = request.arrived.popleft()
            _write_all(descriptor, memoryview(data))
            request.taken(len(data))
            yield True
        os.fchmod(descriptor, mode)
        written = os.fstat(descriptor)
        if replace:
            os.rename(temporary, request.name, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.link(temporary, request.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        now = os.stat(request.name, dir_fd=folder, follow_symlinks=False)
        if (now.st_ino, now.st_dev) != (written.st_ino, written.st_dev):
            raise FileError("changed")
    request.done(entry=request.entry(now))


def _mode_of_the_one_before(name: bytes, folder: int, replace: bool) -> int:
    try:
        before = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0o644
    if stat.S_ISDIR(before.st_mode):
        raise FileError("is_directory")
    if not replace:
        raise FileError("exists")
    return stat.S_IMODE(before.st_mode) & 0o777 if stat.S_ISREG(before.st_mode) else 0o644


def _write_all(descriptor: int, rest: memoryview) -> None:
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _remove(name: bytes, folder: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def make_folder(request: FileRequest) -> Steps:
    """A directory; one that is there already will do."""
    yield True
    with folder_of(request.parts[:-1], make=request.flag("parents")) as folder:
        try:
            os.mkdir(request.name, 0o755, dir_fd=folder)
            created = True
        except FileExistsError:
            created = False
            if not stat.S_ISDIR(os.stat(request.name, dir_fd=folder, follow_symlinks=False).st_mode):
                raise
    request.done(created=created)


# Deleting


def delete(request: FileRequest) -> Steps:
    """A name, and with `recursive` all that is below it."""
    yield True
    removed = 0
    with folder_of(request.parts[:-1]) as folder:
        info = os.stat(request.name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(request.name, dir_fd=folder)
            removed = 1
        elif request.flag("recursive"):
            removed = yield from _remove_tree(request.name, folder)
        else:
            os.rmdir(request.name, dir_fd=folder)
            removed = 1
    request.done(removed=removed)


def _remove_tree(name: bytes, folder: int) -> Generator[bool, None, int]:
    """From the innermost directory outwards, which are looked through anew after each descent.

    No directory stays open over a step: a deep tree would take as many descriptors as it has levels,
    and there are other requests.
    """
    removed = 0
    path = [name]
    while path:
        try:
            with _below(folder, path) as directory:
                inner, count, more = _clear(directory)
            removed += count
            yield True
            if inner is not None:
                if len(path) >= DEPTH:
                    raise FileError("too_deep")
                path.append(inner)
            elif not more:
                with _below(folder, path[:-1]) as parent:
                    os.rmdir(path[-1], dir_fd=parent)
                path.pop()
                removed += 1
        except FileNotFoundError:  # it went away meanwhile, or one above it
            path.pop()
    return removed


@contextmanager
def _below(folder: int, names: list[bytes]) -> Iterator[int]:
    """The directory that these names lead to from `folder`, no link among them."""
    current = os.dup(folder)
    try:
        for name in names:
            inner = open_as("directory", name, current)
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)


def _clear(directory: int) -> tuple[bytes | None, int, bool]:
    """Removes what is in a directory, up to the first one in it and for one step.

    Gives the name of that one, how many went, and whether the step ended before the directory did.
    """
    removed = 0
    with os.scandir(directory) as entries:
        for number, found in enumerate(entries, 1):
            if found.is_dir(follow_symlinks=False):
                return os.fsencode(found.name), removed, True
            with suppress(FileNotFoundError):
                os.unlink(os.fsencode(found.name), dir_fd=directory)
                removed += 1
            if number == _NAMES:
                return None, removed, True
    return None, removed, False
