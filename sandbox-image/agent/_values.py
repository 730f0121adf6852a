"""Answers of tools as Python values."""

from __future__ import annotations

import base64
import json
from typing import Any

from ._errors import ToolError


class Record(dict[str, Any]):
    """A dict whose items can also be read as attributes: `city["name"]`, `city.name`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no item {name!r}; there are: {', '.join(map(str, self))}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(key for key in self if isinstance(key, str))})

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy or a pickle of it is an ordinary dict.
        return (dict, (dict(self),))


class Blob:
    """Bytes with a mime type: an image, a sound, or a binary resource."""

    def __init__(self, data: bytes, mime_type: str, uri: str | None = None) -> None:
        self.data = data
        self.mime_type = mime_type
        self.uri = uri

    def __bytes__(self) -> bytes:
        return self.data

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, bytes]:
        return {self.mime_type: self.data} if self.mime_type.startswith(("image/", "audio/", "text/")) else {}

    def __repr__(self) -> str:
        place = f", uri={self.uri!r}" if self.uri else ""
        return f"<{type(self).__name__} {self.mime_type}, {len(self.data)} bytes{place}>"


class Image(Blob):
    """An image."""


class Audio(Blob):
    """A sound."""


class Resource:
    """A resource: `text` when it came as text, `data` as bytes always, or only a link to it."""

    def __init__(self, uri: str, mime_type: str, text: str | None, name: str | None = None) -> None:
        self.uri = uri
        self.mime_type = mime_type
        self.text = text
        self.name = name

    @property
    def data(self) -> bytes:
        """The text as UTF-8; empty for a link."""
        return (self.text or "").encode("utf-8")

    def __str__(self) -> str:
        return self.uri if self.text is None else self.text

    def __repr__(self) -> str:
        return f"<Resource {self.uri} {self.mime_type}>"


for _public in (Record, Blob, Image, Audio, Resource):
    _public.__module__ = "caisson"


def parse(text: bytes | str) -> Any:
    """JSON as plain values; objects as records."""
    return json.loads(text, object_hook=Record)


def value_of_answer(shape: str, body: bytes) -> Any:
    """What the call gives to the code."""
    value = parse(body) if body else None
    return value_of_mcp(value) if shape == "mcp" else value


def value_of_mcp(result: Any) -> Any:
    """The value of an MCP tool result."""
    if not isinstance(result, dict):
        return result
    blocks = result.get("content") or []
    if result.get("isError"):
        raise ToolError(_text_of(blocks) or "the tool reported an error without a text")
    structured = result.get("structuredContent")
    if structured is not None:
        return structured
    if not blocks:
        return None
    if len(blocks) == 1:
        return _value_of_block(blocks[0], is_alone=True)
    return [_value_of_block(block, is_alone=False) for block in blocks]


def _text_of(blocks: list[Any]) -> str:
    return "\n".join(str(block["text"]) for block in blocks if block.get("type") == "text")


def _value_of_block(block: Any, is_alone: bool) -> Any:
    match block.get("type"):
        case "text":
            text = str(block.get("text", ""))
            return _value_of_text(text) if is_alone else text
        case "image":
            return Image(base64.b64decode(block["data"]), str(block.get("mimeType", "")))
        case "audio":
            return Audio(base64.b64decode(block["data"]), str(block.get("mimeType", "")))
        case "resource":
            return _value_of_resource(block.get("resource") or {})
        case "resource_link":
            return Resource(str(block.get("uri", "")), str(block.get("mimeType", "")), None, str(block.get("name", "")))
        case _:
            return block


def _value_of_resource(resource: dict[str, Any]) -> Blob | Resource:
    uri = str(resource.get("uri", ""))
    mime_type = str(resource.get("mimeType", ""))
    if "blob" in resource:
        data = base64.b64decode(resource["blob"])
        return (Image if mime_type.startswith("image/") else Blob)(data, mime_type, uri)
    return Resource(uri, mime_type, str(resource.get("text", "")))


def _value_of_text(text: str) -> Any:
    """A text that holds a JSON object or array is that value; any other is itself."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return text
