"""A small MCP server over standard input and output, with the standard library alone.

One JSON text a line in both directions. A tool is a function with a schema; what it raises becomes
an error result, so that the caller can tell a wrong argument from a broken server.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")


@dataclass(frozen=True)
class Tool:
    """One tool: what clients are told of it, and what it does."""

    name: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    work: Callable[..., dict[str, Any]]

    def listing(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": self.input_schema,
            "outputSchema": self.output_schema,
        }


class Server:
    """Answers one client until its end of input. Each call runs on a thread of its own."""

    def __init__(self, name: str, instructions: str, tools: list[Tool]) -> None:
        self._name = name
        self._instructions = instructions
        self._tools = {tool.name: tool for tool in tools}
        self._writing = threading.Lock()

    def serve(self) -> None:
        calls: list[threading.Thread] = []
        for line in sys.stdin:
            if not line.strip():
                continue
            message = json.loads(line)
            if "method" not in message or "id" not in message:
                continue
            call = threading.Thread(target=self._answer, args=(message,), daemon=True)
            call.start()
            calls.append(call)
        for call in calls:
            call.join(timeout=5)

    def _answer(self, request: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            answer["result"] = self._result(request["method"], request.get("params") or {})
        except LookupError as problem:
            answer["error"] = {"code": -32601, "message": str(problem.args[0])}
        with self._writing:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "initialize":
            asked = params.get("protocolVersion")
            return {
                "protocolVersion": asked if asked in _VERSIONS else _VERSIONS[0],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": self._name, "version": "1.0.0"},
                "instructions": self._instructions,
            }
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": [tool.listing() for tool in self._tools.values()]}
        if method == "tools/call":
            return self._call(str(params.get("name")), params.get("arguments") or {})
        raise LookupError(f"Method not found: {method}")

    def _call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        tool = self._tools.get(name)
        if tool is None:
            raise LookupError(f"Unknown tool: {name}")
        try:
            value = tool.work(**arguments)
        except (TypeError, ValueError, ArithmeticError) as problem:
            return {"content": [{"type": "text", "text": str(problem)}], "isError": True}
        text = {"type": "text", "text": json.dumps(value)}
        return {"content": [text], "structuredContent": value, "isError": False}
