"""The exceptions that user code catches; `from caisson import ToolError`."""

from __future__ import annotations


class ToolError(Exception):
    """A tool call that failed; `reason` says at which point.

    `tool_error` (the tool itself), `bad_answer` (not what MCP says that answers are), `unavailable`,
    `timed_out`, `denied` or `limit`.
    """

    def __init__(self, message: str, reason: str = "tool_error") -> None:
        super().__init__(message)
        self.reason = reason


class ToolTimeoutError(ToolError, TimeoutError):
    """A tool call without an answer in time: its own, the policy's, or that of who has the tool."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "timed_out")


class ToolArgumentError(TypeError):
    """Arguments that do not fit the tool's schema; nothing was called."""

    reason = "invalid_arguments"


class NotAwaitedError(TypeError, AttributeError):
    """An awaitable was used as if it were its value.

    Also an AttributeError, so that code that asks with `hasattr` gets its no.
    """


for _public in (ToolError, ToolTimeoutError, ToolArgumentError, NotAwaitedError):
    _public.__module__ = "caisson"
