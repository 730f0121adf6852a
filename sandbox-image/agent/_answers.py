"""What a tool answered, read into Python values. It was written by the tool's server: nothing of it is believed."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from ._errors import ToolError
from ._values import Answer, Audio, Blob, Image, Resource, parse

# For an answer that is not what MCP says that answers are.
BAD_ANSWER: Final = "bad_answer"
# Some encoders break the lines.
_SPACE: Final = re.compile(r"[\r\n\t ]+")


class _BadBlockError(Exception):
    """A block of content that cannot be read, and why."""


def value_of_answer(shape: str, body: bytes) -> Any:
    """What the call gives to the code."""
    value = _parsed(body)
    return value_of_mcp(value) if shape == "mcp" else value


def whole_answer(shape: str, body: bytes) -> Answer:
    """What the call gives to code that wants all of it."""
    value = _parsed(body)
    if shape != "mcp" or not isinstance(value, dict):
        return Answer(value, [], is_structured=value is not None)
    blocks = _blocks_of(value)
    content = _values_of(blocks)
    return Answer(value_of_mcp(value), content, "structuredContent" in value, value.get("_meta"))


def value_of_mcp(result: Any) -> Any:
    """The value of an MCP tool result."""
    if not isinstance(result, dict):
        return result
    blocks = _blocks_of(result)
    # Null is a value as well: an answer without a value has no such key.
    if "structuredContent" in result:
        return result["structuredContent"]
    if not blocks:
        return None
    values = _values_of(blocks)
    if len(values) > 1:
        return values
    return _value_of_text(values[0]) if isinstance(values[0], str) else values[0]


def _parsed(body: bytes) -> Any:
    try:
        return parse(body) if body else None
    except (ValueError, RecursionError) as error:
        raise ToolError(f"the tool's answer cannot be read: {error}", BAD_ANSWER) from None


def _blocks_of(result: dict[str, Any]) -> list[Any]:
    """The content; raises when it is that of an error."""
    blocks = result.get("content")
    if result.get("isError"):
        raise ToolError(_text_of(blocks) or "the tool reported an error without a text")
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise ToolError(f"the tool's answer cannot be read: its content is no list, but {_kind(blocks)}", BAD_ANSWER)
    return blocks


def _text_of(blocks: Any) -> str:
    texts = [block.get("text") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return "\n".join(text for text in texts if isinstance(text, str))


def _values_of(blocks: list[Any]) -> list[Any]:
    values = []
    for index, block in enumerate(blocks):
        try:
            values.append(_value_of_block(block))
        except _BadBlockError as error:
            kind = block.get("type") if isinstance(block, dict) else None
            which = f"block {index} of {len(blocks)}" + (f" ({str(kind)[:40]})" if kind else "")
            raise ToolError(f"the tool's answer cannot be read: {which} {error}", BAD_ANSWER) from None
    return values


def _value_of_block(block: Any) -> Any:
    if not isinstance(block, dict):
        raise _BadBlockError(f"is no object, but {_kind(block)}")
    value: Any
    match block.get("type"):
        case "text":
            return _text(block, "text")
        case "image":
            value = Image(_bytes(block, "data"), _text(block, "mimeType", ""))
        case "audio":
            value = Audio(_bytes(block, "data"), _text(block, "mimeType", ""))
        case "resource":
            value = _value_of_resource(block)
        case "resource_link":
            value = _link(block)
        case _:
            # Of a later revision of MCP, perhaps.
            return block
    value.annotations = block.get("annotations")
    value.meta = block.get("_meta") or value.meta
    return value


def _value_of_resource(block: dict[str, Any]) -> Blob | Resource:
    resource = block.get("resource")
    if not isinstance(resource, dict):
        raise _BadBlockError("has no 'resource'" if resource is None else f"has a 'resource' of {_kind(resource)}")
    uri = _text(resource, "uri", "")
    mime_type = _text(resource, "mimeType", "")
    value: Blob | Resource
    if "blob" in resource:
        kind = {"image": Image, "audio": Audio}.get(mime_type.partition("/")[0], Blob)
        value = kind(_bytes(resource, "blob"), mime_type, uri)
    else:
        value = Resource(uri, mime_type, _text(resource, "text"))
    value.meta = resource.get("_meta")
    return value


def _link(block: dict[str, Any]) -> Resource:
    link = Resource(_text(block, "uri"), _text(block, "mimeType", ""), None, _text(block, "name", ""))
    link.title = _text(block, "title", "") or None
    link.description = _text(block, "description", "") or None
    link.size = _count(block.get("size"))
    return link


def _count(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(block: dict[str, Any], name: str, otherwise: str | None = None) -> str:
    value = block.get(name)
    if value is None and otherwise is not None:
        return otherwise
    if value is None:
        raise _BadBlockError(f"has no {name!r}")
    if not isinstance(value, str):
        raise _BadBlockError(f"has a {name!r} that is no text, but {_kind(value)}")
    return value


def _bytes(block: dict[str, Any], name: str) -> bytes:
    text = _text(block, name)
    try:
        # Strictly: otherwise what is no base64 would come out as other bytes, and nobody would know.
        return base64.b64decode(_SPACE.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _BadBlockError(f"has a {name!r} that is no base64: {error}") from None


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "a number")


def _value_of_text(text: str) -> Any:
    """A text that holds a JSON object or array is that value; any other is itself."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return text
