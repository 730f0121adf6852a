"""Drives an MCP server over stdio or HTTP with the official Python client, of the 1.x or the 2.x line.

Takes one JSON object as its argument (command, or url and headers; program, long, after) and prints
one: what the server is, its tools, the answer and the progress of a run, and what came after a cancelled one.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from typing import Any

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

IS_1 = importlib.metadata.version("mcp").startswith("1.")


def attribute(thing: Any, *names: str) -> Any:
    """The 2.x line spells in snake case what the 1.x line spells as on the wire."""
    return next(getattr(thing, name) for name in names if hasattr(thing, name))


async def withdraw(session: ClientSession, request: int) -> None:
    """What the 2.x client sends by itself when a caller gives up; 1.x leaves it to its users."""
    from mcp import types

    await session.send_notification(
        types.ClientNotification(
            types.CancelledNotification(
                method="notifications/cancelled",
                params=types.CancelledNotificationParams(requestId=request, reason="enough"),
            )
        )
    )


async def cancelled_run(session: ClientSession, code: str) -> bool:
    begun = anyio.Event()

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        begun.set()

    async with anyio.create_task_group() as group:

        async def run() -> None:
            await session.call_tool("run_code", {"code": code}, progress_callback=on_progress)

        group.start_soon(run)
        await begun.wait()
        if IS_1:
            await withdraw(session, session._request_id - 1)
        group.cancel_scope.cancel()
    return True


def transport(orders: dict[str, Any]) -> Any:
    """How the server is reached."""
    if "url" in orders:
        client = create_mcp_http_client(headers=orders["headers"])
        return streamable_http_client(orders["url"], http_client=client)
    command = orders["command"]
    return stdio_client(
        StdioServerParameters(command=command[0], args=command[1:], env=orders.get("env"))
    )


async def drive(orders: dict[str, Any]) -> dict[str, Any]:
    progress: list[dict[str, Any]] = []

    async def on_progress(value: float, total: float | None, message: str | None) -> None:
        progress.append({"progress": value, "message": message})

    async with transport(orders) as streams, ClientSession(*streams[:2]) as session:
        greeting = await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        answer = await session.call_tool(
            "run_code", {"code": orders["program"]}, progress_callback=on_progress
        )
        cancelled = await cancelled_run(session, orders["long"])
        after = await session.call_tool("run_code", {"code": orders["after"]})
        return {
            "sdk": importlib.metadata.version("mcp"),
            "server": attribute(greeting, "serverInfo", "server_info").name,
            "tools": tools,
            "failed": bool(attribute(answer, "isError", "is_error")),
            "text": answer.content[0].text,
            "structured": attribute(answer, "structuredContent", "structured_content"),
            "progress": progress,
            "cancelled": cancelled,
            "after": after.content[0].text,
        }


if __name__ == "__main__":
    print(json.dumps(anyio.run(drive, json.loads(sys.argv[1]))))
