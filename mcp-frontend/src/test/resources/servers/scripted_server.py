"""An MCP server on standard streams that misbehaves on demand."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
from typing import Any

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--page", type=int, default=0, help="tools on one page of tools/list")
PARSER.add_argument("--tools", type=int, default=0, help="how many tools beside the scripted ones")
PARSER.add_argument("--mute", default="", help="a method that is never answered")
PARSER.add_argument("--end-at-start", default="", help="says this on stderr and exits with 3")
PARSER.add_argument("--end-twice", default="", help="a file; exits with 4 until it has two bytes")
PARSER.add_argument("--starts", default="", help="a file that gets a byte at each start")
PARSER.add_argument("--greeting-first", action="store_true", help="exits with 5 when it is another")
PARSER.add_argument("--modern", action="store_true", help="speaks revision 2026-07-28 alone")
PARSER.add_argument("--versions", default="2026-07-28", help="what it says that it speaks then")
PARSER.add_argument("--refusal", type=int, default=0, help="the error for server/discover then")
PARSER.add_argument("--ttl", default="", help="ttlMs of its list of tools then, as JSON")
PARSER.add_argument("--banner", action="store_true", help="prints what is not JSON first")
PARSER.add_argument("--child", action="store_true", help="starts a child that ignores SIGTERM")
PARSER.add_argument("--instructions", default="Does as it is told.")
PARSER.add_argument("--description", default="", help="what each tool says of itself")
PARSER.add_argument("--strays", action="store_true", help="starts children that nobody knows of")
OPTIONS = PARSER.parse_args()

WRITING = threading.Lock()
CANCELLED: list[Any] = []
CHILDREN: list[int] = []
LISTINGS: list[Any] = []
LATE: list[Any] = []
SUBSCRIPTIONS: list[Any] = []
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
TOOLS = [
    *("echo", "die", "never", "refuse", "break", "big", "grow", "noise", "env", "cancelled", "pids"),
    *("line", "literal", "flood", "listings", "deaf", "late", "complain"),
    *(("ask", "again", "odd", "unsubscribe") if OPTIONS.modern else ()),
    *(f"tool-{number}" for number in range(OPTIONS.tools)),
]


def send(message: dict[str, Any]) -> None:
    if OPTIONS.modern and message.get("method", "").endswith("list_changed"):
        message = {**message, "params": {"_meta": {SUBSCRIPTION: (SUBSCRIPTIONS or [0])[-1]}}}
    with WRITING:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def text(value: Any) -> dict[str, Any]:
    shown = value if isinstance(value, str) else json.dumps(value)
    return {"content": [{"type": "text", "text": shown}]}


def listing(cursor: str | None) -> dict[str, Any]:
    start = int(cursor or 0)
    end = start + OPTIONS.page if OPTIONS.page else len(TOOLS)
    page = {
        "tools": [
            {
                "name": name,
                "description": OPTIONS.description or f"Does {name}.",
                "inputSchema": {"type": "object", "description": OPTIONS.description},
            }
            for name in TOOLS[start:end]
        ]
    }
    return page if end >= len(TOOLS) else {**page, "nextCursor": str(end)}


def call(
    identifier: Any, name: str, arguments: dict[str, Any], line: str
) -> dict[str, Any] | None:
    match name:
        case "line":
            return text(line)
        case "literal":
            with WRITING:
                sys.stdout.write('{"jsonrpc": "2.0", "id": %s, %s}\n' % (identifier, arguments["members"]))
                sys.stdout.flush()
            return None
        case "echo":
            # A random pause, so that answers come in another order than questions.
            threading.Event().wait(random.random() / 50)
            return text(str(arguments["number"]))
        case "die":
            sys.stderr.write("it all went wrong\n")
            sys.stderr.flush()
            os._exit(3)
        case "never":
            return None
        case "refuse":
            return {**text("not today"), "isError": True}
        case "break":
            message = arguments.get("message", "broken")
            send({"id": identifier, "error": {"code": arguments["code"], "message": message}})
            return None
        case "big":
            return text("x" * arguments["bytes"])
        case "grow":
            TOOLS.append("grown")
            send({"method": "notifications/tools/list_changed"})
            return text("grown")
        case "noise":
            with WRITING:
                sys.stdout.write("this is not JSON\n\n")
            return text("after the noise")
        case "flood":
            for _ in range(arguments["times"]):
                send({"method": "notifications/tools/list_changed"})
            TOOLS.append("flooded")
            send({"method": "notifications/tools/list_changed"})
            return text("flooded")
        case "listings":
            return text(len(LISTINGS))
        case "deaf":
            return text("what?")
        case "late":
            LATE.append(identifier)
            return None
        case "complain":
            sys.stderr.write(arguments["text"] + "\n")
            sys.stderr.flush()
            return text("done")
        case "env":
            return text(os.environ.get(arguments["name"], "(not set)"))
        case "cancelled":
            return text(CANCELLED)
        case "ask":
            question = {"method": "elicitation/create", "params": {"message": "Who are you?"}}
            return {"resultType": "input_required", "inputRequests": {"who": question}}
        case "again":
            state = json.loads(line)["params"].get("requestState")
            if state is None:
                return {"resultType": "input_required", "requestState": "as it \u00e9 is"}
            return text(line)
        case "odd":
            return {**text("?"), "resultType": "odd"}
        case "unsubscribe":
            send({"method": "notifications/cancelled", "params": {"requestId": SUBSCRIPTIONS[-1]}})
            return text(len(SUBSCRIPTIONS))
        case "pids":
            return text([os.getpid(), *CHILDREN])
    return text(name)


def answer(request: dict[str, Any], line: str) -> None:
    method, params = request["method"], request.get("params") or {}
    if method == OPTIONS.mute:
        return
    result: dict[str, Any] | None = {}
    if OPTIONS.modern:
        meta = params.get("_meta", {})
        if method == "initialize" or meta.get("io.modelcontextprotocol/protocolVersion") != "2026-07-28":
            error: dict[str, Any] = {"code": -32601, "message": "only the newest revision"}
            send({"id": request["id"], "error": error})
            return
    match method:
        case "server/discover" if OPTIONS.modern and OPTIONS.refusal:
            data = {"supported": OPTIONS.versions.split(","), "requested": "2026-07-28"}
            error = {"code": OPTIONS.refusal, "message": "no", "data": data}
            send({"id": request["id"], "error": error})
            return
        case "server/discover" if OPTIONS.modern:
            result = {
                "supportedVersions": OPTIONS.versions.split(","),
                "capabilities": {"tools": {"listChanged": True}},
                "instructions": OPTIONS.instructions,
            }
        case "subscriptions/listen":
            SUBSCRIPTIONS.append(request["id"])
            acknowledged = {"_meta": {SUBSCRIPTION: request["id"]}, "notifications": params["notifications"]}
            send({"method": "notifications/subscriptions/acknowledged", "params": acknowledged})
            result = None
        case "initialize":
            result = {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "scripted", "version": "1"},
                "instructions": OPTIONS.instructions,
            }
        case "tools/list":
            LISTINGS.append(params.get("cursor"))
            result = listing(params.get("cursor"))
            if OPTIONS.ttl:
                result["ttlMs"] = json.loads(OPTIONS.ttl)
        case "tools/call":
            result = call(request["id"], params["name"], params.get("arguments") or {}, line)
    if result is not None and OPTIONS.modern:
        result = {"resultType": "complete", **result}
    if result is not None:
        send({"id": request["id"], "result": result})


def orphan(options: str) -> int:
    """Starts a process whose parent is gone."""
    parent = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', sys.argv[1]],"
        f" stdout=subprocess.DEVNULL, {options}).pid)"
    )
    return int(subprocess.check_output([sys.executable, "-c", parent, STUBBORN]))


def main() -> None:
    if OPTIONS.starts:
        with open(OPTIONS.starts, "a", encoding="utf-8") as starts:
            starts.write("x")
    if OPTIONS.end_at_start:
        sys.stderr.write(OPTIONS.end_at_start + "\n")
        sys.exit(3)
    if OPTIONS.end_twice:
        with open(OPTIONS.end_twice, "a+", encoding="utf-8") as starts:
            if starts.tell() < 2:
                starts.write("x")
                sys.exit(4)
    if OPTIONS.banner:
        print("Welcome to the scripted server!", flush=True)
    if OPTIONS.child:
        CHILDREN.append(subprocess.Popen([sys.executable, "-c", STUBBORN]).pid)
    if OPTIONS.strays:
        CHILDREN.extend(map(orphan, ("", "start_new_session=True", "env={}")))
    for number, line in enumerate(sys.stdin):
        message = json.loads(line)
        if OPTIONS.greeting_first and number == 0 and message.get("method") != "initialize":
            sys.exit(5)
        if message.get("method") == "notifications/cancelled":
            CANCELLED.append(message["params"]["requestId"])
            if message["params"]["requestId"] in LATE:
                send({"id": message["params"]["requestId"], "result": text("x" * 200_000)})
        elif "id" in message and "method" in message:
            threading.Thread(target=answer, args=(message, line), daemon=True).start()
            if message.get("params", {}).get("name") == "deaf":
                threading.Event().wait()


main()
