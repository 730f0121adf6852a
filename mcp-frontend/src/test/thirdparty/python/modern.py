"""Drives an MCP server over stdio or HTTP in revision 2026-07-28, with the official Python client of the 2.x
line. Takes and prints the same as drive.py does, and the version that was agreed on.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from typing import Any

import anyio
from drive import transport
from mcp.client.client import Client


async def cancelled_run(client: Client, code: str) -> bool:
    begun = anyio.Event()

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        begun.set()

    async with anyio.create_task_group() as group:

        async def run() -> None:
            await client.call_tool("run_code", {"code": code}, progress_callback=on_progress)

        group.start_soon(run)
        await begun.wait()
        group.cancel_scope.cancel()
    return True


async def drive(orders: dict[str, Any]) -> dict[str, Any]:
    progress: list[dict[str, Any]] = []

    async def on_progress(value: float, total: float | None, message: str | None) -> None:
        progress.append({"progress": value, "message": message})

    async with Client(transport(orders), mode="auto") as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        answer = await client.call_tool(
            "run_code", {"code": orders["program"]}, progress_callback=on_progress
        )
        cancelled = await cancelled_run(client, orders["long"])
        after = await client.call_tool("run_code", {"code": orders["after"]})
        return {
            "sdk": importlib.metadata.version("mcp"),
            "version": client.protocol_version,
            "server": client.server_info.name,
            "tools": tools,
            "failed": bool(answer.is_error),
            "text": answer.content[0].text,
            "structured": answer.structured_content,
            "progress": progress,
            "cancelled": cancelled,
            "after": after.content[0].text,
        }


if __name__ == "__main__":
    print(json.dumps(anyio.run(drive, json.loads(sys.argv[1]))))
