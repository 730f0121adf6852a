"""Takes one session through the steps of session-story.json with the official Python client.

Takes one JSON object as its argument (command, story) and prints one: how many steps were taken,
and of each that was not as its story has it, what was seen.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anyio
from drive import attribute
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

NAME = "story"


class Teller:
    """Takes the steps."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def sessions(self, action: str, **arguments: Any) -> Any:
        return await self._session.call_tool("sessions", {"action": action, **arguments})

    async def take(self, step: dict[str, Any]) -> list[str]:
        """What is not as the step has it."""
        if step.get("reset"):
            await self.sessions("reset", session=NAME)
        arguments: dict[str, Any] = {"code": "\n".join(step["code"]), "session": NAME}
        if "wall_seconds" in step:
            arguments["timeout"] = step["wall_seconds"]
        answer = await (self.interrupted(arguments) if step.get("interrupt") else self.run(arguments))
        text = answer.content[0].text
        if "refused" in step:
            return [] if attribute(answer, "isError", "is_error") and step["refused"] in text else [text]
        seen = attribute(answer, "structuredContent", "structured_content")
        exception = seen.get("exception", {}).get("type", "")
        pairs = {
            "outcome": (step["outcome"], seen["outcome"]),
            "output": (step.get("output", seen["stdout"]), seen["stdout"]),
            "value": (step.get("value", ""), seen.get("value_repr", "") if "value" in step else ""),
            "exception": (step.get("exception", exception), exception),
        }
        wrong = [f"{what}: {pair[1]!r} and not {pair[0]!r}" for what, pair in pairs.items() if pair[0] != pair[1]]
        for what, found in (("message", seen.get("message", "")), ("lost", seen.get("state_lost", ""))):
            if step.get(what, "") not in found:
                wrong.append(f"{what}: {found!r} without {step[what]!r}")
        if "lost" not in step and "state_lost" in seen:
            wrong.append(f"lost: {seen['state_lost']!r}")
        return wrong

    async def run(self, arguments: dict[str, Any]) -> Any:
        return await self._session.call_tool("run_code", arguments)

    async def interrupted(self, arguments: dict[str, Any]) -> Any:
        """Interrupts the run when it has printed something."""
        begun = anyio.Event()
        answers: list[Any] = []

        async def on_progress(value: float, total: float | None, message: str | None) -> None:
            begun.set()

        async with anyio.create_task_group() as group:

            async def run() -> None:
                answers.append(
                    await self._session.call_tool("run_code", arguments, progress_callback=on_progress)
                )

            group.start_soon(run)
            await begun.wait()
            await self.sessions("interrupt", session=NAME)
        return answers[0]


async def tell(orders: dict[str, Any]) -> dict[str, Any]:
    command = orders["command"]
    server = StdioServerParameters(command=command[0], args=command[1:])
    wrong: dict[str, list[str]] = {}
    steps = json.loads(Path(orders["story"]).read_text())
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        teller = Teller(session)
        await teller.sessions("create", name=NAME)
        for number, step in enumerate(steps, 1):
            found = await teller.take(step)
            if found:
                wrong[f"{number}: {step['code']}"] = found
        await teller.sessions("end", session=NAME)
    return {"steps": len(steps), "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(anyio.run(tell, json.loads(sys.argv[1]))))
