"""An MCP server on standard streams with 300 tools of awkward names, and some that misbehave.

Each of the 300 answers with its server, its own name and the number that it was given.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import struct
import sys
import threading
import zlib
from collections.abc import Callable
from typing import Any

PARSER = argparse.ArgumentParser()
PARSER.add_argument("name")
PARSER.add_argument("--only-if", default="", help="ends at once unless this file exists")
OPTIONS = PARSER.parse_args()

AWKWARD = ["get-user.v2", "class", "list", "import", "größe", "天气", "get-user", "get_user", "3d-view"]
NUMBERED = [*AWKWARD, *(f"tool-{number}" for number in range(300 - len(AWKWARD)))]
NUMBER = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
PATH = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
NOTHING = {"type": "object", "properties": {}}

WRITING = threading.Lock()
TOGETHER = threading.Barrier(64)
HELD: dict[Any, str] = {}


def send(message: dict[str, Any]) -> None:
    with WRITING:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def numbered(name: str, number: int) -> dict[str, Any]:
    answer = {"server": OPTIONS.name, "tool": name, "number": number}
    return {"content": [{"type": "text", "text": json.dumps(answer)}], "structuredContent": answer}


def together(_identifier: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Answers nobody before 64 have asked."""
    TOGETHER.wait(30)
    return numbered("together", arguments["number"])


def fail(_identifier: Any, _arguments: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": "the cupboard is bare"}], "isError": True}


def picture(_identifier: Any, _arguments: dict[str, Any]) -> dict[str, Any]:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b"")
    return {"content": [{"type": "image", "data": base64.b64encode(png).decode(), "mimeType": "image/png"}]}


def gate(_identifier: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Answers with what somebody writes into this pipe."""
    with open(arguments["path"], encoding="utf-8") as pipe:
        return {"content": [{"type": "text", "text": pipe.read()}]}


def hold(identifier: Any, arguments: dict[str, Any]) -> None:
    """Never answers; the file says "held", and "cancelled" when nobody waits any more."""
    HELD[identifier] = arguments["path"]
    say(arguments["path"], "held")


def say(path: str, word: str) -> None:
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(word)
    os.rename(path + ".new", path)


def die(_identifier: Any, _arguments: dict[str, Any]) -> None:
    sys.stderr.write("I have seen enough\n")
    sys.stderr.flush()
    os._exit(3)


SPECIAL: dict[str, tuple[Callable[[Any, dict[str, Any]], Any], dict[str, Any]]] = {
    "together": (together, NUMBER),
    "fail": (fail, NOTHING),
    "picture": (picture, NOTHING),
    "gate": (gate, PATH),
    "hold": (hold, PATH),
    "die": (die, NOTHING),
}


def listing() -> list[dict[str, Any]]:
    tools = [(name, NUMBER) for name in NUMBERED] + [(name, schema) for name, (_, schema) in SPECIAL.items()]
    return [{"name": name, "description": f"Is called {name}.", "inputSchema": schema} for name, schema in tools]


def answer(request: dict[str, Any]) -> None:
    method, params = request["method"], request.get("params") or {}
    result: dict[str, Any] | None = {}
    match method:
        case "initialize":
            result = {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": OPTIONS.name, "version": "1"},
            }
        case "tools/list":
            result = {"tools": listing()}
        case "tools/call":
            name, arguments = params["name"], params.get("arguments") or {}
            if name in SPECIAL:
                result = SPECIAL[name][0](request["id"], arguments)
            else:
                result = numbered(name, arguments["number"])
    if result is not None:
        send({"id": request["id"], "result": result})


def main() -> None:
    if OPTIONS.only_if and not os.path.exists(OPTIONS.only_if):
        sys.stderr.write("the licence is missing\n")
        sys.exit(4)
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "notifications/cancelled":
            path = HELD.get(message["params"]["requestId"])
            if path is not None:
                say(path, "cancelled")
        elif "id" in message and "method" in message:
            threading.Thread(target=answer, args=(message,), daemon=True).start()


main()
