"""Values as MIME bundles: what notebooks' `_repr_html_` and its kin give, bounded.

Nothing is imported for it: a library that the code has not imported has made none of its values.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import re
import sys
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ._protocol import JSON_DEPTH
from ._reprs import bounded_repr
from ._tracebacks import cut

PLAIN: Final = "text/plain"
PNG: Final = "image/png"
PLOTLY: Final = "application/vnd.plotly.v1+json"

# As the daemon has it: more is a violation of the channel.
PARTS = 16
METADATA_BYTES = 4096
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+_-]{0,62}", re.ASCII | re.IGNORECASE)
# The name of an array's type may list hundreds of columns.
_TYPE_CHARACTERS: Final = 500

# Values of these have a repr and nothing else; most runs end here.
_BARE: Final = frozenset(
    (bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, type, type(None))
)
_METHODS: Final = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", PNG),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_latex_", "text/latex"),
    ("_repr_json_", "application/json"),
)


class Part(NamedTuple):
    """One form of a value."""

    mime: str
    data: bytes
    metadata: dict[str, Any]


class Bundle(NamedTuple):
    """All forms of a value, and what went wrong with others."""

    parts: list[Part]
    complaints: list[str]

    def describe(self) -> list[dict[str, Any]]:
        """The parts as a frame's header lists them."""
        return [
            {"mime": part.mime, "bytes": len(part.data), **({"metadata": part.metadata} if part.metadata else {})}
            for part in self.parts
        ]

    def bulk(self) -> bytes:
        """The bytes of all parts, in the order of the list."""
        return b"".join(part.data for part in self.parts)


NO_BUNDLE: Final = Bundle([], [])


class _Forms:
    """Collects the forms of one value; a form that fails leaves a complaint."""

    def __init__(self, value: object) -> None:
        self._value = value
        self.parts: dict[str, Part] = {}
        self.complaints: list[str] = []

    def collect(self) -> None:
        """Asks the value, and for some kinds knows better."""
        self._ask_for_bundle()
        for method, mime in _METHODS:
            # One picture is enough: Pillow would encode each image twice.
            if mime not in self.parts and not (mime == "image/jpeg" and PNG in self.parts):
                self._ask(method, mime)
        if PNG not in self.parts and is_figure(self._value):
            self._try("savefig", lambda: self.add(PNG, png_of(self._value)))
        if PLOTLY not in self.parts and _is_a(self._value, "plotly.basedatatypes", "BaseFigure"):
            self._try("to_json", lambda: self.add(PLOTLY, _utf8(self._value.to_json())))  # type: ignore[attr-defined]

    def add(self, mime: str, data: Any, metadata: Any = None) -> None:
        """Takes one form, whatever it is given as."""
        if not _MIME.fullmatch(mime):
            raise ValueError(f"{mime!r} is not a MIME type")
        mime = mime.lower()
        self.parts[mime] = Part(mime, _encode(mime, data), _metadata(metadata))

    def add_all(self, data: Any, metadata: Any) -> None:
        """Takes what `_repr_mimebundle_` gives."""
        if not isinstance(data, dict):
            raise TypeError(f"a MIME bundle is a dict, not {type(data).__name__}")
        for mime, one in data.items():
            if one is not None:
                about = metadata.get(mime) if isinstance(metadata, dict) else None
                self._try(str(mime), functools.partial(self.add, str(mime), one, about))

    def _ask_for_bundle(self) -> None:
        method = getattr(type(self._value), "_repr_mimebundle_", None)
        if method is None:
            return

        def ask() -> None:
            given = method(self._value, include=None, exclude=None)
            if given is not None:
                self.add_all(*(given if isinstance(given, tuple) else (given, None)))

        self._try("_repr_mimebundle_", ask)

    def _ask(self, name: str, mime: str) -> None:
        # By the type: an object that answers to any name has no such method.
        method = getattr(type(self._value), name, None)
        if method is None:
            return

        def ask() -> None:
            given = method(self._value)
            if given is not None:
                self.add(mime, *(given if isinstance(given, tuple) else (given,)))

        self._try(name, ask)

    def _try(self, what: str, form: Callable[[], None]) -> None:
        try:
            form()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            kind = type(self._value).__name__
            self.complaints.append(f"{kind}: {what} raised {type(error).__name__}: {_text(error)}")


def bundle_of(value: Any, limit: int) -> Bundle:
    """What a value is beside its repr; nothing for most."""
    if type(value) in _BARE:
        return NO_BUNDLE
    forms = _Forms(value)
    forms.collect()
    about = _array(value)
    if about:
        text = f"{bounded_repr(value, limit // 4).text}\nshape {about['shape']}, dtype {about['dtype']}"
        forms.add(PLAIN, text, {"shape": list(about["shape"]), "dtype": about["dtype"]})
    return _fitting(forms, limit)


def shown_bundle(value: Any, limit: int, text_limit: int) -> Bundle:
    """What `display` shows of a value: always with a text, for who can show nothing else."""
    parts, complaints = bundle_of(value, limit - text_limit)
    if any(part.mime == PLAIN for part in parts):
        return Bundle(parts, complaints)
    text = bounded_repr(value, text_limit).text
    return Bundle([Part(PLAIN, _utf8(text), {}), *parts], complaints)


def raw_bundle(data: Any, metadata: Any, limit: int) -> Bundle:
    """A bundle that the code has made itself."""
    forms = _Forms(data)
    forms.add_all(data, metadata)
    return _fitting(forms, limit)


def _fitting(forms: _Forms, limit: int) -> Bundle:
    """As many forms as there is room for; the largest go first."""
    parts = list(forms.parts.values())
    while parts and (len(parts) > PARTS or sum(len(part.data) for part in parts) > limit):
        largest = max(parts, key=lambda part: len(part.data))
        parts.remove(largest)
        forms.complaints.append(f"{largest.mime} of {len(largest.data):,} bytes is left out: {limit:,} are allowed")
    return Bundle(parts, forms.complaints)


def is_figure(value: object) -> bool:
    """Whether this is a figure of matplotlib."""
    return _is_a(value, "matplotlib.figure", "Figure")


def png_of(figure: Any) -> bytes:
    """A figure as an image."""
    image = io.BytesIO()
    figure.savefig(image, format="png", bbox_inches="tight")
    return image.getvalue()


def _is_a(value: object, module: str, kind: str) -> bool:
    found = getattr(sys.modules.get(module), kind, None)
    return isinstance(found, type) and isinstance(value, found)


def _array(value: Any) -> dict[str, Any]:
    """What numpy's repr does not say of an array."""
    if not _is_a(value, "numpy", "ndarray"):
        return {}
    return {"shape": tuple(int(length) for length in value.shape), "dtype": cut(str(value.dtype), _TYPE_CHARACTERS)}


def _metadata(given: Any) -> dict[str, Any]:
    """As a frame's header takes it; what it would not take is left out, for it is not the value."""
    if not isinstance(given, dict):
        return {}
    try:
        encoded = _json(given)
        # As it is read there: the code's own kinds of dict and str may be anything.
        return dict(json.loads(encoded)) if len(json.dumps(given)) <= METADATA_BYTES else {}
    except (TypeError, ValueError, RecursionError):
        return {}


def _encode(mime: str, data: Any) -> bytes:
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if mime == "application/json" or mime.endswith("+json"):
        return _json(data)
    if not isinstance(data, str):
        raise TypeError(f"{mime} is text or bytes, not {type(data).__name__}")
    if mime.startswith("image/") and mime != "image/svg+xml":
        return base64.b64decode(data)
    return _utf8(data)


def _json(data: Any) -> bytes:
    encoded = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    if encoded.count("[") + encoded.count("{") > JSON_DEPTH and _depth(data) > JSON_DEPTH - 4:
        raise ValueError("nested too deep")
    return _utf8(encoded)


def _depth(data: Any) -> int:
    items = data.values() if isinstance(data, dict) else data if isinstance(data, list | tuple) else ()
    return 1 + max(map(_depth, items), default=0) if isinstance(data, dict | list | tuple) else 0


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _text(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except BaseException:
        return "<its text cannot be shown>"
