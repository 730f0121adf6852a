"""sys.stdout, sys.stderr and sys.stdin of the user's code, and the builtins that go with them."""

from __future__ import annotations

import builtins
import functools
import io
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from ._wire import Wire

# Of a longer text no second copy is made.
_PIECE = 1024 * 1024

_print = builtins.print
_input = builtins.input


class WireBuffer(io.BufferedIOBase):
    """The `.buffer` of a text stream: every write goes out at once, nothing is held back."""

    def __init__(self, wire: Wire, descriptor: int, look: Callable[[memoryview | bytes], None]) -> None:
        self._wire = wire
        self._descriptor = descriptor
        self._look = look

    @property
    def name(self) -> str:
        """As the streams of the interpreter are named."""
        return "<stdout>" if self._descriptor == 1 else "<stderr>"

    @property
    def mode(self) -> str:
        """As for a file opened for writing."""
        return "wb"

    def writable(self) -> bool:
        """Yes."""
        return True

    def isatty(self) -> bool:
        """No."""
        return False

    def fileno(self) -> int:
        """Where subprocesses write; their output is captured from there."""
        return self._descriptor

    def write(self, data: Any) -> int:
        """Writes all of the bytes."""
        if self.closed:
            raise ValueError("write to closed file")
        view = memoryview(data)
        written = view.cast("B") if view.contiguous else view.tobytes()
        self._look(written)
        self._wire.output(self._descriptor, written)
        return view.nbytes

    def detach(self) -> Any:
        """There is nothing below."""
        raise io.UnsupportedOperation("detach")


class TextStream(io.TextIOWrapper):
    """A text stream that encodes a huge text piece by piece instead of doubling it in memory."""

    def reconfigure(self, **changes: Any) -> None:
        """Notes that it is not as it was made."""
        self.is_changed = True
        super().reconfigure(**changes)

    def write(self, text: str, /) -> int:
        """Writes all of the text."""
        if type(text) is not str or len(text) <= _PIECE:
            return super().write(text)
        for start in range(0, len(text), _PIECE):
            super().write(text[start : start + _PIECE])
        return len(text)


# The attributes of a stream that no run has changed.
_AS_MADE = {"mode": "w"}

TextStream.__qualname__ = TextStream.__name__ = "TextIOWrapper"


def _text(wire: Wire, descriptor: int, errors: str, look: Callable[[memoryview | bytes], None]) -> TextStream:
    # write_through and not line buffering: a dot printed without a newline is seen at once too.
    stream = TextStream(
        WireBuffer(wire, descriptor, look), encoding="utf-8", errors=errors, newline="\n", write_through=True
    )
    vars(stream).update(_AS_MADE)
    return stream


@functools.wraps(_print)
def _print_whole(*values: object, sep: Any = None, end: Any = None, file: Any = None, flush: Any = False) -> None:
    """`print` in one write, so that a line and its end leave in one frame."""
    stream = sys.stdout if file is None else file
    if type(stream) is TextStream and all(part is None or type(part) is str for part in (sep, end)):
        separator = " " if sep is None else sep
        text = separator.join([value if type(value) is str else str(value) for value in values])
        ending = "\n" if end is None else end
        if len(text) > _PIECE:
            stream.write(text)
            stream.write(ending)
        else:
            stream.write(text + ending)
        if flush:
            stream.flush()
        return
    _print(*values, sep=sep, end=end, file=file, flush=flush)


def install_streams(wire: Wire, look: Callable[[memoryview | bytes], None]) -> tuple[TextStream, ...]:
    """Gives the worker its streams, and the caller too; each piece that is printed is looked at."""
    output = _text(wire, 1, "surrogateescape", look)
    errors = _text(wire, 2, "backslashreplace", look)
    sys.stdout = sys.__stdout__ = output  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = errors  # type: ignore[misc]
    builtins.print = _print_whole
    return output, errors


def are_installed(streams: tuple[TextStream, ...]) -> bool:
    """Whether a run has left these where they were, and as they were."""
    output, errors = streams
    try:
        return (
            sys.stdout is output is sys.__stdout__
            and sys.stderr is errors is sys.__stderr__
            and builtins.print is _print_whole
            and all(vars(stream) == _AS_MADE and not stream.closed for stream in streams)
        )
    except ValueError:  # one without its buffer
        return False


def open_stdin() -> TextIO:
    """Opens fd 0 anew: what an earlier run had read ahead is not this run's."""
    try:
        os.fstat(0)
    except OSError:
        # The run before has closed it. The lowest free descriptor is the one that is given.
        os.open(os.devnull, os.O_RDONLY)
    stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stdin = sys.__stdin__ = stdin  # type: ignore[misc]
    return stdin


def is_intact(stdin: TextIO) -> bool:
    """Whether a run has left this stream and fd 0 where they were."""
    if sys.stdin is not stdin or stdin.closed:
        return False
    try:
        os.fstat(0)
    except OSError:
        return False
    return True


@functools.wraps(_input)
def _refuse_input(prompt: object = "", /) -> str:
    try:
        return _input(prompt)
    except EOFError:
        raise EOFError("input(): this run was given no standard input") from None


def refuse_input_unless(given: bool) -> None:
    """`input()` says so when the run has no standard input."""
    builtins.input = _input if given else _refuse_input


def flush_streams() -> None:
    """Writes out what the user's own wrappers hold back, whatever state they are in."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def write_error(text: str) -> None:
    """Prints to the stderr of the user's code, as the interpreter would."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        os.write(2, text.encode("utf-8", "backslashreplace"))
