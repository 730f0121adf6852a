"""Imports done once before the fork, so that a run finds the common modules there already."""

from __future__ import annotations

import importlib

_MODULES = (
    "array", "ast", "asyncio", "base64", "bisect", "calendar", "collections.abc", "concurrent.futures",
    "contextlib", "copy", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "fractions", "functools", "glob", "hashlib", "heapq", "html", "inspect", "io", "itertools", "json",
    "linecache", "logging", "math", "operator", "os.path", "pathlib", "pickle", "pprint", "queue",
    "random", "re", "reprlib", "secrets", "shlex", "shutil", "signal", "statistics", "string", "struct",
    "subprocess", "tempfile", "textwrap", "threading", "time", "traceback", "types", "typing",
    "unicodedata", "urllib.parse", "uuid", "warnings", "weakref", "zlib", "zoneinfo",
)  # fmt: skip


def preload() -> None:
    """Imports the common modules; one that this Python lacks is left out."""
    for name in _MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
