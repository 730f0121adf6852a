"""An example MCP server: arithmetic on two numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from _mcp_stdio import Server, Tool

_NUMBERS = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
    "required": ["a", "b"],
}
_RESULT = {
    "type": "object",
    "properties": {"result": {"type": "number"}},
    "required": ["result"],
}


def _tool(name: str, does: str, operation: Callable[[float, float], float]) -> Tool:
    def work(a: float, b: float) -> dict[str, Any]:
        return {"result": operation(a, b)}

    return Tool(name, does, _NUMBERS, _RESULT, work)


if __name__ == "__main__":
    Server(
        "calculator",
        "Arithmetic on two numbers.",
        [
            _tool("add", "Adds b to a.", operator.add),
            _tool("subtract", "Subtracts b from a.", operator.sub),
            _tool("multiply", "Multiplies a by b.", operator.mul),
            _tool("divide", "Divides a by b. Dividing by zero is an error.", operator.truediv),
        ],
    ).serve()
