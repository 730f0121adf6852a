"""Libraries that are changed a little when the code imports them."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

Change = Callable[[Any], None]


def adopt(changes: dict[str, Change]) -> None:
    """From here on modules of these names are changed when they are imported; those that are there, now."""
    for name, change in changes.items():
        if name in sys.modules:
            _apply(change, sys.modules[name])
    sys.meta_path.insert(0, _Watch(changes))


class _Watch(importlib.abc.MetaPathFinder):
    """Meets a few modules on their way in, and is no loader of any."""

    def __init__(self, changes: dict[str, Change]) -> None:
        self._changes = changes

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        change = self._changes.get(name)
        if change is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _ChangingLoader(spec.loader, change)
        return spec


class _ChangingLoader(importlib.abc.Loader):
    """The module's own loader, and a change when it has run."""

    def __init__(self, loader: Any, change: Change) -> None:
        self._loader = loader
        self._change = change

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _apply(self._change, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _apply(change: Change, module: Any) -> None:
    # Another version of the library may lack what is changed; its own way is as good as none.
    with suppress(Exception):
        change(module)
