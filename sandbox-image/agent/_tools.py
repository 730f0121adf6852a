"""A tool as a Python callable: binding, checking, calling, and the value that comes back."""

from __future__ import annotations

import difflib
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from ._awaitables import StartedCall
from ._calls import Call, Calls
from ._errors import ToolArgumentError, ToolError
from ._schema import find_problem
from ._values import parse, value_of_answer
from ._wire import ForkedChildError

_NOT_IN_A_CHILD = "a forked process cannot call tools"


class Caller:
    """What all tools of a run share."""

    def __init__(self, calls: Calls, argument_bytes: int, want_awaitable: Callable[[FrameType], bool]) -> None:
        self._calls = calls
        self.argument_bytes = argument_bytes
        self.want_awaitable = want_awaitable

    def ask(self, method: str, **fields: Any) -> Any:
        """A question to the catalogue, in this thread."""
        return self.call({"service": "catalogue", "method": method, **fields}, b"")

    def call(self, header: Mapping[str, Any], bulk: bytes) -> Any:
        """The value of a call, in this thread."""
        try:
            return value_of(self._calls.ask(header, bulk))
        except ForkedChildError:
            raise ToolError(_NOT_IN_A_CHILD, "unavailable") from None

    def start(self, header: Mapping[str, Any], bulk: bytes) -> Call:
        """Sends a call."""
        try:
            return self._calls.start(header, bulk)
        except ForkedChildError:
            raise ToolError(_NOT_IN_A_CHILD, "unavailable") from None

    def awaitable(self, call: Call, label: str) -> StartedCall:
        """The value of a call, for `await`."""
        return StartedCall(self._calls, call, label, value_of)


def value_of(call: Call) -> Any:
    """The value of an answered call; raises what the answer says."""
    if call.error is None:
        return value_of_answer(call.shape, call.body)
    reason, message = call.error
    if reason == "invalid_arguments":
        raise ToolArgumentError(message)
    raise ToolError(message, reason)


class Tool:
    """One tool. Nothing is asked of the daemon before it is used."""

    def __init__(self, caller: Caller, server: str, name: str, label: str) -> None:
        self._caller = caller
        self._server = server
        self._tool = name
        self._label = label
        self._bound: dict[str, Any] | None = None
        self.__qualname__ = label
        self.__name__ = label.rpartition(".")[2]
        self.__module__ = "caisson"

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        if self._caller.want_awaitable(sys._getframe(1)):
            return self.aio(*values, **named)
        return self.sync(*values, **named)

    def sync(self, /, *values: Any, **named: Any) -> Any:
        """Calls, waits, and gives the value."""
        return self._caller.call(*self._request(values, named))

    def aio(self, /, *values: Any, **named: Any) -> StartedCall:
        """Calls and gives an awaitable."""
        return self._caller.awaitable(self._caller.start(*self._request(values, named)), self._label)

    def _request(self, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        arguments = self._arguments(values, named)
        bulk = self._encode(arguments)
        header = {"service": "tools", "method": "call", "server": self._server, "tool": self._tool}
        return header, bulk

    @property
    def _binding(self) -> dict[str, Any]:
        if self._bound is None:
            self._bound = self._caller.ask("tool", server=self._server, tool=self._tool)
        return self._bound

    def _arguments(self, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """Arguments by the schema's names, checked."""
        parameters = self._binding["parameters"]
        schema = self._binding.get("schema", True)
        if len(values) > len(parameters):
            self._refuse(f"takes {len(parameters)} arguments, {len(values)} were given by position")
        arguments = {parameter["name"]: value for parameter, value in zip(parameters, values, strict=False)}
        names = {parameter["name"]: parameter["name"] for parameter in parameters}
        names |= {parameter["python"]: parameter["name"] for parameter in parameters}
        for keyword, value in named.items():
            name = names.get(keyword)
            if name is None:
                if not _takes_more(schema):
                    self._refuse(f"has no argument {keyword!r}{_closest(keyword, names)}")
                name = keyword
            if name in arguments:
                self._refuse(f"got the argument {keyword!r} twice")
            arguments[name] = value
        for parameter in parameters:
            name = parameter["name"]
            if parameter["required"] and name not in arguments:
                self._refuse(f"is missing the argument {parameter['python']!r}")
            if not parameter["required"] and arguments.get(name, ...) is None and not _takes_null(schema, name):
                # As if it had not been given: None is Python's way to say so.
                del arguments[name]
        problem = find_problem(schema, arguments)
        if problem is not None:
            self._refuse(f"argument {self._path(problem.path)} {problem.message}")
        return arguments

    def _path(self, path: tuple[str | int, ...]) -> str:
        if not path:
            return "list"
        python = {parameter["name"]: parameter["python"] for parameter in self._binding["parameters"]}
        steps = "".join(f"[{step!r}]" for step in path[1:])
        return repr(python.get(str(path[0]), path[0])) + (f", in {steps}," if steps else "")

    def _encode(self, arguments: dict[str, Any]) -> bytes:
        try:
            bulk = _encode_json(arguments)
        except (TypeError, ValueError, RecursionError):
            for name, value in arguments.items():
                try:
                    _encode_json(value)
                except (TypeError, ValueError, RecursionError) as error:
                    self._refuse(f"argument {self._path((name,))} cannot be sent as JSON: {error}")
            raise
        if len(bulk) > self._caller.argument_bytes:
            self._refuse(
                f"got {len(bulk)} bytes of arguments; {self._caller.argument_bytes} are allowed (tools.argument_bytes)"
            )
        return bulk

    def _refuse(self, message: str) -> None:
        raise ToolArgumentError(f"{self._label}() {message}. Signature: {self._label}{self._binding['signature']}")

    @property
    def __signature__(self) -> inspect.Signature:
        return _signature(self._binding)

    def help_text(self) -> str:
        """What `help` shows."""
        doc = str(self._binding.get("doc") or "").strip()
        lines = [f"{self._label}{self._binding['signature']}", *(f"    {line}" for line in doc.splitlines())]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def __getattribute__(self, name: str) -> Any:
        if name == "__doc__":
            return str(self._binding.get("doc") or "")
        return super().__getattribute__(name)

    def __repr__(self) -> str:
        return f"<tool {self._label}>"


class UnavailableTool(Tool):
    """Any tool of a server that cannot be used: the daemon answers the call with the reason."""

    def __init__(self, caller: Caller, server: str, name: str, label: str, why: str) -> None:
        super().__init__(caller, server, name, label)
        self._bound = {"signature": "(*args, **kwargs)", "doc": f"Cannot be used now: {why}", "parameters": []}

    def _arguments(self, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        return {}


class DeniedTool(UnavailableTool):
    """A tool that the policy denies: not listed; the daemon answers the call with the rule."""

    def __init__(self, caller: Caller, server: str, name: str, label: str) -> None:
        super().__init__(caller, server, name, label, "the policy of this run denies it")


def _takes_more(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return True
    others = schema.get("additionalProperties")
    return bool(others) or (others is None and not schema.get("properties"))


def _takes_null(schema: Any, name: str) -> bool:
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    if name not in properties:
        return True
    root = {**properties[name], "$defs": schema.get("$defs", {})} if isinstance(properties[name], dict) else True
    return find_problem(root, None) is None


def _closest(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    return f"; it has {', '.join(map(repr, dict.fromkeys(known)))}" if known else "; it takes none"


def _encode_json(value: Any) -> bytes:
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def _signature(binding: dict[str, Any]) -> inspect.Signature:
    parameters = []
    for parameter in binding["parameters"]:
        default: Any = inspect.Parameter.empty
        if not parameter["required"]:
            default = parameter.get("default", ...)
        parameters.append(
            inspect.Parameter(parameter["python"], inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
        )
    return inspect.Signature(parameters, return_annotation=binding.get("returns", inspect.Signature.empty))


__all__ = ["Caller", "DeniedTool", "Tool", "UnavailableTool", "parse", "value_of"]
