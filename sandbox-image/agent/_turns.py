"""The turn table of the channel as data: which frame may come in which state of the daemon's view."""

from __future__ import annotations

from collections.abc import Mapping

from ._protocol import ProtocolError

INITIAL = "greeting"
IGNORED = "ignored"

# What a sandbox may send at any time between its greeting and its end.
_OF_FILES = ("file_found", "file_data", "file_done", "file_error", "file_agent_credit")
_ALWAYS = ("agent_credit", "pong", *_OF_FILES)
_OF_THE_WORKER = ("output", "display", "call", "call_cancel")
_OF_THE_NETWORK = ("net_open", "net_send", "net_send_end", "net_closed", "net_agent_credit")


def _stay(state: str, *kinds: str) -> dict[tuple[str, str], str]:
    return {(state, kind): state for kind in kinds}


def _ignore(state: str, *kinds: str) -> dict[tuple[str, str], str]:
    return {(state, kind): IGNORED for kind in kinds}


TURNS: Mapping[tuple[str, str], str] = {
    ("greeting", "agent_hello"): "preparing",
    ("preparing", "ready"): "idle",
    **_stay("idle", *_ALWAYS),
    ("idle", "run"): "running",
    **_stay("running", *_ALWAYS, *_OF_THE_WORKER, "captured_output", *_OF_THE_NETWORK),
    ("running", "ended"): "ended",
    ("running", "worker_exited"): "exited",
    ("running", "drained"): "drained",
    **_ignore("ended", *_OF_THE_WORKER, *_OF_THE_NETWORK, "ended"),
    **_stay("ended", *_ALWAYS, "captured_output", "worker_exited"),
    ("ended", "drained"): "settled",
    **_stay("drained", *_ALWAYS, *_OF_THE_WORKER),
    ("drained", "ended"): "settled",
    ("drained", "worker_exited"): "settled",
    **_stay("exited", *_ALWAYS, *_OF_THE_WORKER, "captured_output"),
    **_ignore("exited", *_OF_THE_NETWORK, "ended"),
    ("exited", "drained"): "settled",
    **_stay("settled", *_ALWAYS, "worker_replaced"),
    **_ignore("settled", *_OF_THE_WORKER, "captured_output"),
    **_ignore("settled", "ended", "worker_exited", "drained"),
    ("settled", "run"): "running",
    ("settled", "reset"): "resetting",
    ("idle", "reset"): "resetting",
    ("running", "worker_replaced"): "running",
    **_stay("resetting", *_ALWAYS, "worker_replaced"),
    **_ignore("resetting", *_OF_THE_WORKER, "captured_output", "ended"),
    ("resetting", "ready"): "settled",
}


def next_state(state: str, kind: str) -> str:
    """The state after `kind` arrived in `state`; what the table does not list is a violation."""
    following = TURNS.get((state, kind))
    if following is None:
        raise ProtocolError(f"{kind} while {state}")
    return state if following == IGNORED else following
