"""A catalogue and tools for tests, as the daemon would answer for them."""

from __future__ import annotations

import base64
import json
from typing import Any

from .daemon_double import DaemonDouble

SERVERS = [
    {"name": "weather", "python": "weather", "class": "Weather"},
    {"name": "my-math", "python": "my_math", "class": "MyMath"},
    {"name": "time", "python": "time", "class": "Time"},
    {"name": "gone", "python": "gone", "class": "Gone"},
]

_NUMBER = {"type": "number"}


def _tool(
    server: str, name: str, python: str, signature: str, properties: dict[str, Any], required: list[str]
) -> dict[str, Any]:
    names = [*required, *(name for name in properties if name not in required)]
    return {
        "server": server,
        "name": name,
        "python": python,
        "signature": signature,
        "doc": f"The tool {name}.",
        "parameters": [
            {
                "name": name,
                "python": {"from": "from_", "max-days": "max_days"}.get(name, name),
                "required": name in required,
            }
            for name in names
        ],
        "schema": {"type": "object", "properties": properties, "required": required, "additionalProperties": False},
        "returns": "dict",
    }


TOOLS = {
    ("weather", "get-weather.v2"): _tool(
        "weather", "get-weather.v2", "get_weather_v2",
        '(location: str, *, units: Literal["c", "f"] = ..., max_days: int = ...) -> dict',
        {"location": {"type": "string"}, "units": {"enum": ["c", "f"]}, "max-days": {"type": "integer", "minimum": 1}},
        ["location"],
    ),
    ("my-math", "add"): _tool("my-math", "add", "add", "(a: float, b: float) -> float", {"a": _NUMBER, "b": _NUMBER}, ["a", "b"]),
    ("my-math", "slow"): _tool("my-math", "slow", "slow", "(n: int) -> int", {"n": {"type": "integer"}}, ["n"]),
    ("my-math", "class"): _tool("my-math", "class", "class_", "(from_: str) -> str", {"from": {"type": "string"}}, ["from"]),
    ("my-math", "raw"): _tool("my-math", "raw", "raw", "(what: str) -> Any", {"what": {"type": "string"}}, ["what"]),
    ("my-math", "find"): _tool("my-math", "find", "find", "(where: dict, *, limit: int | None = ...) -> dict", {
        "where": {"$ref": "#filter"}, "limit": {"$ref": "#/definitions/a%20limit"},
    }, ["where"]),
    ("time", "now"): _tool("time", "now", "now", "() -> str", {}, []),
}  # fmt: skip
TOOLS["my-math", "find"]["schema"] |= {
    "$defs": {"filter": {"$anchor": "filter", "type": "object", "properties": {"size": {"type": "integer"}}}},
    "definitions": {"a limit": {"type": "integer", "minimum": 1}},
}

DOWN = "the server gone did not start"

DENIED = "the tool 'wipe' of server 'my-math': the policy denies this tool; decided by tools.deny[0] (x.yaml:3)"

PIXEL = b"\x89PNG not really"


def mcp(*blocks: dict[str, Any], **more: Any) -> tuple[str, Any]:
    """A result in MCP's shape."""
    return "mcp", {"content": list(blocks), **more}


RAW = {
    "text": mcp({"type": "text", "text": "plain"}),
    "json": mcp({"type": "text", "text": ' {"a": [1, {"b": 2}]}'}),
    "structured": mcp({"type": "text", "text": "x"}, structuredContent={"city": {"name": "Oslo"}}),
    "image": mcp({"type": "image", "data": base64.b64encode(PIXEL).decode(), "mimeType": "image/png"}),
    "many": mcp({"type": "text", "text": "one"}, {"type": "text", "text": "{}"}),
    "nothing": mcp(),
    "failing": mcp({"type": "text", "text": "it is broken"}, isError=True),
    "both": mcp(
        {"type": "text", "text": "A chart."},
        {
            "type": "image",
            "data": base64.b64encode(PIXEL).decode(),
            "mimeType": "image/png",
            "annotations": {"priority": 1},
        },
        structuredContent={"rows": 2},
        _meta={"took": 5},
    ),
    "structured null": mcp({"type": "text", "text": "There is none."}, structuredContent=None),
    "structured false": mcp({"type": "text", "text": "No."}, structuredContent=False),
    "link": mcp(
        {
            "type": "resource_link",
            "uri": "file:///b.csv",
            "name": "b.csv",
            "title": "B",
            "description": "All of it.",
            "mimeType": "text/csv",
            "size": 12.0,
            "annotations": {"audience": ["user"]},
            "_meta": {"x": 1},
        }
    ),
    "wrapped": mcp({"type": "image", "data": "iVBO\r\nRw==\n", "mimeType": "image/png"}),
    "no base64": mcp({"type": "text", "text": "a"}, {"type": "image", "data": "iVBO*Rw==", "mimeType": "image/png"}),
    "no data": mcp({"type": "image", "mimeType": "image/png"}),
    "no resource": mcp({"type": "resource"}),
    "wrong blob": mcp({"type": "resource", "resource": {"uri": "file:///a", "blob": 5}}),
    "no block": mcp("a text", {"type": "text", "text": "b"}),  # type: ignore[arg-type]
    "no list": ("mcp", {"content": {"type": "text", "text": "a"}}),
    "failing oddly": ("mcp", {"content": ["x", {"type": "text"}, {"type": "text", "text": "why"}], "isError": True}),
    "long number": ("value", b"1" * 5000),
    "later": mcp({"type": "hologram", "beams": 3}),
    "sound": mcp({"type": "resource", "resource": {"uri": "file:///a", "mimeType": "audio/wav", "blob": "AAAA"}}),
    "late": ("error", {"reason": "timed_out", "message": "the tool did not answer within 20ms"}),
    "resource": mcp({"type": "resource", "resource": {"uri": "file:///a", "mimeType": "text/plain", "text": "hi"}}),
    "unavailable": ("error", {"reason": "unavailable", "message": "the server my-math is down"}),
    "refused": ("error", {"reason": "invalid_arguments", "message": "the tool wants more"}),
    "null": ("value", None),
}


class Toolbox:
    """Answers the calls of a DaemonDouble. Calls of `slow` wait until all that are expected came."""

    def __init__(self, daemon: DaemonDouble) -> None:
        self._daemon = daemon
        self.together = 1
        self.held: list[tuple[int, Any]] = []
        self.most_in_flight = 0
        daemon.answer = self.answer

    def answer(self, header: dict[str, Any], bulk: bytes) -> tuple[str, Any] | None:
        """What the daemon says to one call."""
        match header["service"], header["method"]:
            case "catalogue", "server":
                return "value", self._server(header["server"])
            case "catalogue", "tool":
                return "value", TOOLS[header["server"], header["tool"]]
            case "catalogue", "search":
                return "value", [
                    {"server": "weather", "tool": "get-weather.v2", "python_name": "weather.get_weather_v2"}
                ][: header["limit"]]
            case "tools", "call":
                return self._call(header, json.loads(bulk))
            case _:
                raise AssertionError(header)

    @staticmethod
    def _server(name: str) -> dict[str, Any]:
        [server] = [server for server in SERVERS if server["name"] == name]
        tools = [
            {"python": tool["python"], "name": tool["name"]} for (owner, _), tool in TOOLS.items() if owner == name
        ]
        if name == "gone":
            return {**server, "doc": f"About {name}. {DOWN}", "unavailable": DOWN, "tools": tools}
        if name == "my-math":
            server = {**server, "denied": [{"python": "wipe", "name": "wipe"}]}
        return {**server, "doc": f"About {name}.", "tools": tools}

    def _call(self, header: dict[str, Any], arguments: dict[str, Any]) -> tuple[str, Any] | None:
        if header["server"] == "gone":
            return "error", {"reason": "unavailable", "message": DOWN}
        match header["tool"]:
            case "wipe":
                return "error", {"reason": "denied", "message": DENIED}
            case "add":
                return "value", arguments["a"] + arguments["b"]
            case "slow":
                self._hold(arguments["n"])
                return None
            case "raw":
                return RAW[arguments["what"]]
            case _:
                return "value", arguments

    def _hold(self, value: Any) -> None:
        """Answered later, the last one first."""
        self.held.append((self._daemon.finished.calls[-1]["number"], value))
        self.most_in_flight = max(self.most_in_flight, len(self.held))
        if len(self.held) >= self.together:
            while self.held:
                number, answer = self.held.pop()
                self._daemon.reply(number, "value", answer)
