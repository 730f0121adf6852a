"""A tool as a Python callable: its options, its calls, and the value that comes back."""

from __future__ import annotations

import copy
import inspect
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from ._answers import value_of_answer, whole_answer
from ._arguments import AnyParameters, Parameters
from ._awaitables import StartedCall
from ._calls import Call, Calls
from ._errors import ToolArgumentError, ToolError, ToolTimeoutError
from ._hints import closest
from ._options import Options, changed
from ._unawaited import Unawaited
from ._wire import ForkedChildError

_NOT_IN_A_CHILD = "a forked process cannot call tools"
_ANYTHING = Options()


class Request(NamedTuple):
    """A call before it is made."""

    label: str
    header: dict[str, Any]
    bulk: bytes
    options: Options = _ANYTHING

    def deadline(self) -> float | None:
        """When it has to be answered, if it starts now; of the monotonic clock."""
        return None if self.options.timeout is None else time.monotonic() + self.options.timeout

    def value_of(self, call: Call) -> Any:
        """The value of a call that is over; raises what the answer says, or that there is none."""
        if not call.is_done:
            raise ToolTimeoutError(
                f"{self.label}() gave no answer within {self.options.timeout:g} seconds, the timeout of this call; "
                "the tool may still have acted"
            )
        if call.error is None:
            return (whole_answer if self.options.is_whole else value_of_answer)(call.shape, call.body)
        reason, message = call.error
        if reason == "invalid_arguments":
            raise ToolArgumentError(message)
        raise ToolTimeoutError(message) if reason == "timed_out" else ToolError(message, reason)


class Caller:
    """What all tools of a run share."""

    def __init__(
        self,
        calls: Calls,
        argument_bytes: int,
        want_awaitable: Callable[[FrameType], bool],
        unawaited: Unawaited | None = None,
    ) -> None:
        self._calls = calls
        self._unawaited = unawaited or Unawaited()
        self.argument_bytes = argument_bytes
        self.want_awaitable = want_awaitable

    def ask(self, method: str, **fields: Any) -> Any:
        """A question to the catalogue, in this thread."""
        return self.call(Request(method, {"service": "catalogue", "method": method, **fields}, b""))

    def call(self, request: Request) -> Any:
        """The value of a call, in this thread."""
        try:
            call = self._calls.ask(request.header, request.bulk, request.deadline())
        except ForkedChildError:
            raise ToolError(_NOT_IN_A_CHILD, "unavailable") from None
        return request.value_of(call)

    def start(self, request: Request, frame: FrameType) -> StartedCall:
        """Sends a call and gives its value for `await`. The frame is that of the code that calls."""
        deadline = request.deadline()
        try:
            call = self._calls.start(request.header, request.bulk)
        except ForkedChildError:
            raise ToolError(_NOT_IN_A_CHILD, "unavailable") from None
        return StartedCall(self._calls, call, request.label, request.value_of, deadline, self._unawaited, frame)


class Tool:
    """One tool. Nothing is asked of the daemon before it is used."""

    def __init__(self, caller: Caller, server: str, name: str, label: str) -> None:
        self._caller = caller
        self._server = server
        self._tool = name
        self._label = label
        self._options = _ANYTHING
        self._parameters = Parameters(
            label, lambda: caller.ask("tool", server=server, tool=name), caller.argument_bytes
        )
        self.__qualname__ = label
        self.__name__ = label.rpartition(".")[2]
        self.__module__ = "caisson"

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        return self._call(values, named, sys._getframe(1))

    def for_caller(self, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A call by a function that stands for the tool, as a rendered module's do: its caller's place counts."""
        return self._call(values, named, sys._getframe(2))

    def aio_for_caller(self, values: tuple[Any, ...], named: dict[str, Any]) -> StartedCall:
        """The same for `aio`."""
        return self._caller.start(self._request(values, named), sys._getframe(2))

    def _call(self, values: tuple[Any, ...], named: dict[str, Any], frame: FrameType) -> Any:
        request = self._request(values, named)
        return self._caller.start(request, frame) if self._caller.want_awaitable(frame) else self._caller.call(request)

    def sync(self, /, *values: Any, **named: Any) -> Any:
        """Calls, waits, and gives the value."""
        return self._caller.call(self._request(values, named))

    def aio(self, /, *values: Any, **named: Any) -> StartedCall:
        """Calls and gives an awaitable."""
        return self._caller.start(self._request(values, named), sys._getframe(1))

    def with_options(self, /, **options: Any) -> Tool:
        """The same tool with options for its calls: `tool.with_options(timeout=2)(...)`.

        `timeout`, in seconds: a call that has no answer then raises ToolTimeoutError and is withdrawn.
        """
        return self._changed(changed(self._options, options, self._label))

    @property
    def with_content(self) -> Tool:
        """The same tool, giving all that it answers: `tool.with_content(...).content`."""
        return self._changed(self._options._replace(is_whole=True))

    def _changed(self, options: Options) -> Tool:
        other = copy.copy(self)
        other._options = options
        return other

    def _request(self, values: tuple[Any, ...], named: dict[str, Any]) -> Request:
        bulk = self._parameters.encode(values, named)
        header = {"service": "tools", "method": "call", "server": self._server, "tool": self._tool}
        return Request(self._label, header, bulk, self._options)

    @property
    def __signature__(self) -> inspect.Signature:
        return self._parameters.signature

    def help_text(self) -> str:
        """What `help` shows."""
        binding = self._parameters.binding
        doc = str(binding.get("doc") or "").strip()
        lines = [f"{self._label}{binding['signature']}", *(f"    {line}" for line in doc.splitlines())]
        lines += ["", *(f"    {line}" for line in _WAYS)]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def __getattribute__(self, name: str) -> Any:
        if name == "__doc__":
            return str(self._parameters.binding.get("doc") or "")
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        hint = closest(name, _ATTRIBUTES, "it has", "it has none")
        message = f"the tool {self._label} has no attribute {name!r}{hint}; what it gives is there when it is called"
        raise AttributeError(message, name=name, obj=None)

    def __repr__(self) -> str:
        return f"<tool {self._label}>"


# What code is to know of a tool.
_ATTRIBUTES = ("sync", "aio", "with_options", "with_content")

_WAYS = (
    ".sync(...) blocks, .aio(...) gives an awaitable, wherever they stand.",
    ".with_options(timeout=SECONDS)(...) raises ToolTimeoutError when there is no answer by then.",
    ".with_content(...) gives .value and .content: all blocks of the answer, images beside values too.",
)


class UnavailableTool(Tool):
    """Any tool of a server that cannot be used: the daemon answers the call with the reason."""

    def __init__(self, caller: Caller, server: str, name: str, label: str, why: str) -> None:
        super().__init__(caller, server, name, label)
        self._parameters = AnyParameters(label, why)


class DeniedTool(UnavailableTool):
    """A tool that the policy denies: not listed; the daemon answers the call with the rule."""

    def __init__(self, caller: Caller, server: str, name: str, label: str) -> None:
        super().__init__(caller, server, name, label, "the policy of this run denies it")
