"""Picture files that the code has named in what it printed, in formats that hardly anybody can show.

They are shown as PNG at the end of the run, when the image has Pillow. Pictures in the formats that everybody can
show are sent as the files that they are, by who asked for printed files.
"""

from __future__ import annotations

import importlib
import io
import os
import re
from contextlib import suppress
from itertools import islice
from typing import Any

from ._bundles import PLAIN, PNG
from ._display import Displays

_ENDING = re.compile(rb"\.(?:avif|bmp|dib|heic|heif|icns|ico|j2k|jp2|p[bgnp]m|pcx|psd|tga|tiff?)(?!\w)", re.IGNORECASE)
_BETWEEN = re.compile(rb"[\s\"'`<>()\[\]{}|,;=]")
_PATH_BYTES = 512
_FILE_BYTES = 64 * 1024 * 1024
# Wider or higher than that they would hardly fit a display.
_PIXELS = (1600, 1600)
_MOST = 10


class PrintedPictures:
    """Those of a run."""

    def __init__(self, displays: Displays) -> None:
        self._displays = displays
        self._workspace = os.path.realpath(os.getcwd())
        self._names: dict[str, None] = {}

    def begin_run(self) -> None:
        """Nothing is printed yet."""
        self._names.clear()

    def look(self, data: bytes | memoryview) -> None:
        """Notes the names in what is printed at once; who prints more than a few means no picture."""
        for ending in islice(_ENDING.finditer(data), _MOST):
            line = bytes(data[max(0, ending.end() - _PATH_BYTES) : ending.end()])
            name = _BETWEEN.split(line)[-1].removeprefix(b"file://")
            with suppress(UnicodeDecodeError):
                self._names[name.decode()] = None

    def show(self) -> None:
        """Shows the files there are by these names, each once; what is no picture is left to itself."""
        seen: set[str] = set()
        for name in list(self._names):
            path = os.path.realpath(os.path.join(self._workspace, name))
            if len(seen) < _MOST and path not in seen and self._is_ours(path):
                seen.add(path)
                with suppress(Exception):
                    self._show(path)

    def _is_ours(self, path: str) -> bool:
        return path.startswith(self._workspace + "/") and os.path.isfile(path) and os.path.getsize(path) <= _FILE_BYTES

    def _show(self, path: str) -> None:
        pillow = importlib.import_module("PIL.Image")
        with pillow.open(path) as picture:
            bundle = {PNG: _as_png(picture), PLAIN: path.removeprefix(self._workspace + "/")}
        self._displays.display(bundle, raw=True)


def _as_png(picture: Any) -> bytes:
    """The first of its frames, in modes that PNG has."""
    picture.thumbnail(_PIXELS)
    if picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    image = io.BytesIO()
    picture.save(image, format="png")
    return image.getvalue()
