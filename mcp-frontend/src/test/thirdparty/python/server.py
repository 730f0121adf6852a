"""An MCP server on the official Python SDK, in whichever of its lines is installed, over the transport
and at the port that the arguments name.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

from pydantic import Field

try:
    from mcp.server.fastmcp import Context, FastMCP as Server
    from mcp.server.fastmcp.exceptions import ToolError

    LINE = 1
except (ImportError, AttributeError):
    from mcp.server.mcpserver import Context, MCPServer as Server
    from mcp.server.mcpserver.exceptions import ToolError

    LINE = 2

TRANSPORT, PORT = sys.argv[1], int(sys.argv[2])
OPTIONS: dict[str, Any] = {}
for option in sys.argv[3:]:
    OPTIONS[option] = True


class Events:
    """Keeps all events of all streams, so that broken streams can go on."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Any]] = []

    async def store_event(self, stream_id: str, message: Any) -> str:
        self.kept.append((stream_id, message))
        return str(len(self.kept))

    async def replay_events_after(self, last_event_id: str, send_callback: Any) -> str | None:
        number = int(last_event_id)
        stream = self.kept[number - 1][0]
        from mcp.server.streamable_http import EventMessage

        for later, (owner, message) in enumerate(self.kept[number:], number + 1):
            if owner == stream and message is not None:
                await send_callback(EventMessage(message, str(later)))
        return stream


if TRANSPORT == "streamable-http":
    OPTIONS |= {"event_store": Events(), "retry_interval": 200}
if TRANSPORT != "stdio":
    OPTIONS["port"] = PORT
server = Server("third", instructions="Ask me.", **(OPTIONS if LINE == 1 else {}))


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def era(ctx: Context) -> str:
    """Says which revision is spoken."""
    if LINE == 1:
        greeted = ctx.session.client_params
        return greeted.protocolVersion if greeted else "(none)"
    return ctx.protocol_version


@server.tool()
def mirrored(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
    """Takes an argument that a client of the newest revision sends in a header as well."""
    return region


@server.tool()
def fail(why: str) -> str:
    """Fails."""
    raise ToolError(why)


@server.tool()
async def slow(ctx: Context) -> str:
    """Says how it goes on."""
    for step in range(3):
        await ctx.report_progress(step, 3)
    return "done"


@server.tool()
async def cut(ctx: Context) -> str:
    """Answers after the stream was closed."""
    await ctx.close_sse_stream()
    return "after the cut"


@server.tool()
async def grow(ctx: Context) -> str:
    """Offers one more tool."""

    def grown() -> str:
        return "grown"

    server.add_tool(grown)
    if hasattr(ctx, "notify_tools_changed"):
        await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return "grown"


server.run(transport=TRANSPORT, **(OPTIONS if LINE == 2 else {}))
