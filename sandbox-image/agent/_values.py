"""Answers of tools as Python values."""

from __future__ import annotations

import json
from typing import Any

from ._hints import closest


class _NoSuchKeyError(KeyError):
    """A KeyError for everybody, with more to say; the message is made when somebody reads it."""

    def __init__(self, name: object, record: dict[str, Any]) -> None:
        super().__init__(name)
        self._record = record

    def __str__(self) -> str:
        return _no_item(self.args[0], self._record)

    def __reduce__(self) -> tuple[Any, ...]:
        return (KeyError, self.args)


class _NoSuchAttributeError(AttributeError):
    """The same for an attribute."""

    def __init__(self, name: str, record: dict[str, Any]) -> None:
        # With a name of its own the interpreter adds no suggestion to ours.
        super().__init__(name, name=name, obj=None)
        self._record = record

    def __str__(self) -> str:
        return _no_item(self.args[0], self._record)

    def __reduce__(self) -> tuple[Any, ...]:
        return (AttributeError, self.args)


for _kind, _shown in ((_NoSuchKeyError, KeyError), (_NoSuchAttributeError, AttributeError)):
    _kind.__name__ = _kind.__qualname__ = _shown.__name__
    _kind.__module__ = "builtins"


def _no_item(name: object, record: dict[str, Any]) -> str:
    texts = [key for key in record if isinstance(key, str)]
    return f"there is no item {name!r}{closest(str(name), texts, 'there are', 'there are none')}"


class Record(dict[str, Any]):
    """A dict whose items can also be read as attributes: `city["name"]`, `city.name`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise _NoSuchAttributeError(name, self)

    def __missing__(self, name: str) -> Any:
        raise _NoSuchKeyError(name, self)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise _NoSuchAttributeError(name, self) from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(key for key in self if isinstance(key, str))})

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy or a pickle of it is an ordinary dict.
        return (dict, (dict(self),))


class _Hinting:
    """Wrong names are answered with the right ones."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        known = [one for one in dir(self) if not one.startswith("_")]
        hint = closest(name, known, "it has", "it has none")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}", name=name, obj=None)


class _Described(_Hinting):
    """What a block of an answer carries beside its value."""

    annotations: Any = None
    meta: Any = None


class Blob(_Described):
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


class Resource(_Described):
    """A resource: `text` when it came as text, `data` as bytes always, or only a link to it.

    What the server left out is None.
    """

    def __init__(self, uri: str, mime_type: str, text: str | None, name: str | None = None) -> None:
        self.uri = uri
        self.mime_type = mime_type
        self.text = text
        self.name = name
        self.title: str | None = None
        self.description: str | None = None
        self.size: int | None = None  # of the raw content, in bytes

    @property
    def is_link(self) -> bool:
        """Whether the content did not come along."""
        return self.text is None

    @property
    def data(self) -> bytes:
        """The text as UTF-8; empty for a link."""
        return (self.text or "").encode("utf-8")

    def __str__(self) -> str:
        return self.uri if self.text is None else self.text

    def __repr__(self) -> str:
        return f"<Resource {self.uri} {self.mime_type}>"


class Answer(_Hinting):
    """All that a tool answered: the value of an ordinary call, and the blocks of content one by one."""

    def __init__(self, value: Any, content: list[Any], is_structured: bool, meta: Any = None) -> None:
        self.value = value
        self.content = content
        self.is_structured = is_structured
        self.meta = meta

    def __repr__(self) -> str:
        return f"<Answer {type(self.value).__name__}, {len(self.content)} blocks of content>"


for _public in (Record, Blob, Image, Audio, Resource, Answer):
    _public.__module__ = "caisson"


def parse(text: bytes | str) -> Any:
    """JSON as plain values; objects as records."""
    return json.loads(text, object_hook=Record)
