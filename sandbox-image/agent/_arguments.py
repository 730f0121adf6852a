"""What a tool takes, and the arguments of one call: matched to names, checked, as JSON."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from ._awaitables import StartedCall
from ._errors import ToolArgumentError
from ._hints import advice, closest
from ._protocol import encode_json
from ._schema import ArgumentCheck


class Parameters:
    """What one tool takes. Asked of the daemon when it is first needed."""

    def __init__(self, label: str, ask: Callable[[], dict[str, Any]], most_bytes: int) -> None:
        self._label = label
        self._ask = ask
        self._most_bytes = most_bytes
        self._asked: dict[str, Any] | None = None
        self._check: ArgumentCheck | None = None

    @property
    def binding(self) -> dict[str, Any]:
        """Names, signature, documentation and schema, as the daemon made them."""
        if self._asked is None:
            self._asked = self._ask()
        return self._asked

    def encode(self, values: tuple[Any, ...], named: dict[str, Any]) -> bytes:
        """The arguments as JSON; raises what is wrong with them."""
        arguments = self._checked(self._matched(values, named))
        try:
            bulk = encode_json(arguments)
        except (TypeError, ValueError, RecursionError):
            self._refuse_what_is_no_json(arguments)
            raise
        if len(bulk) > self._most_bytes:
            self.refuse(f"got {len(bulk)} bytes of arguments; {self._most_bytes} are allowed (tools.argument_bytes)")
        return bulk

    @property
    def check(self) -> ArgumentCheck:
        """What the schema says."""
        if self._check is None:
            self._check = ArgumentCheck(self.binding.get("schema", True))
        return self._check

    def _matched(self, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """Arguments by the schema's names."""
        parameters = self.binding["parameters"]
        if len(values) > len(parameters):
            self.refuse(f"takes {len(parameters)} arguments, {len(values)} were given by position")
        arguments = {parameter["name"]: value for parameter, value in zip(parameters, values, strict=False)}
        names = {parameter["name"]: parameter["name"] for parameter in parameters}
        names |= {parameter["python"]: parameter["name"] for parameter in parameters}
        for keyword, value in named.items():
            name = names.get(keyword)
            if name is None:
                if not self.check.may_have(keyword):
                    python = [parameter["python"] for parameter in parameters]
                    self.refuse(f"has no argument {keyword!r}{closest(keyword, python, 'it has', 'it takes none')}")
                name = keyword
            if name in arguments:
                self.refuse(f"got the argument {keyword!r} twice")
            arguments[name] = value
        return arguments

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for name, value in arguments.items():
            if isinstance(value, StartedCall):
                self.refuse(f"got an awaitable as argument {self._path((name,))}, not its value: {value.advice}")
        optional = {parameter["name"] for parameter in self.binding["parameters"] if not parameter["required"]}
        for parameter in self.binding["parameters"]:
            name = parameter["name"]
            if parameter["required"] and name not in arguments:
                self.refuse(f"is missing the argument {parameter['python']!r}")
            if name in optional and arguments.get(name, ...) is None and not self.check.takes_null(name):
                # As if it had not been given: None is Python's way to say so.
                del arguments[name]
        problem = self.check.find_problem(arguments)
        if problem is not None:
            # Whether null fits may depend on more than the argument's own schema.
            without = {name: value for name, value in arguments.items() if value is not None or name not in optional}
            if len(without) == len(arguments) or self.check.find_problem(without) is not None:
                self.refuse(f"argument {self._path(problem.path)} {problem.message}")
            return without
        return arguments

    def _path(self, path: tuple[str | int, ...]) -> str:
        if not path:
            return "list"
        python = {parameter["name"]: parameter["python"] for parameter in self.binding["parameters"]}
        steps = "".join(f"[{step!r}]" for step in path[1:])
        return repr(python.get(str(path[0]), path[0])) + (f", in {steps}," if steps else "")

    def _refuse_what_is_no_json(self, arguments: dict[str, Any]) -> None:
        for name, value in arguments.items():
            try:
                encode_json(value)
            except (TypeError, ValueError, RecursionError) as error:
                self.refuse(f"argument {self._path((name,))} cannot be sent as JSON: {error}{advice(value)}")

    def refuse(self, message: str) -> NoReturn:
        """Raises, with the signature beside what is wrong."""
        raise ToolArgumentError(f"{self._label}() {message}. Signature: {self._label}{self.binding['signature']}")

    @property
    def signature(self) -> inspect.Signature:
        """For `inspect.signature`."""
        parameters = []
        for parameter in self.binding["parameters"]:
            default: Any = inspect.Parameter.empty
            if not parameter["required"]:
                default = parameter.get("default", ...)
            parameters.append(
                inspect.Parameter(parameter["python"], inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
            )
        return inspect.Signature(parameters, return_annotation=self.binding.get("returns", inspect.Signature.empty))


class AnyParameters(Parameters):
    """Of a tool that cannot be called: nothing is asked, and any arguments will do."""

    def __init__(self, label: str, why: str) -> None:
        binding = {"signature": "(*args, **kwargs)", "doc": f"Cannot be used now: {why}", "parameters": []}
        super().__init__(label, lambda: binding, 0)

    def encode(self, values: tuple[Any, ...], named: dict[str, Any]) -> bytes:
        """None: the daemon does not look at them."""
        return b"{}"
