"""Figures and images that show themselves: what plotting libraries do with a screen, without one.

A library is changed when the code imports it, in the few places where it would look for a screen.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from ._display import Displays


class Plots:
    """The figures of a run."""

    def __init__(self, displays: Displays) -> None:
        self._displays = displays

    def watch(self) -> None:
        """From here on libraries are met when they are imported; those that are there, now."""
        adopt: dict[str, Callable[[Any], None]] = {
            "matplotlib.pyplot": self._adopt_pyplot,
            "PIL.Image": self._adopt_pillow,
            "plotly.basedatatypes": self._adopt_plotly,
        }
        for name, change in adopt.items():
            if name in sys.modules:
                _change(change, sys.modules[name])
        sys.meta_path.insert(0, _Watch(adopt))

    def show_what_is_open(self, value: object = None) -> None:
        """Shows the open figures and closes them; one that is the run's value is shown as that."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            if figure is not value:
                self._displays.display(figure)
        pyplot.close("all")

    def _adopt_pyplot(self, pyplot: Any) -> None:
        rc = pyplot.rcParams
        # Left to itself it would try each toolkit for windows first. What the code or its
        # environment chooses stays.
        if "MPLBACKEND" not in os.environ and rc._get_backend_or_none() is None:
            rc["backend"] = "agg"

        @functools.wraps(pyplot.show)
        def show(*_arguments: Any, **_options: Any) -> None:
            self.show_what_is_open()

        pyplot.show = show

    def _adopt_pillow(self, module: Any) -> None:
        @functools.wraps(module.Image.show)
        def show(image: Any, title: str | None = None) -> None:
            self._displays.display(image)

        module.Image.show = show

    def _adopt_plotly(self, module: Any) -> None:
        @functools.wraps(module.BaseFigure.show)
        def show(figure: Any, *_arguments: Any, **_options: Any) -> None:
            self._displays.display(figure)

        module.BaseFigure.show = show


class _Watch(importlib.abc.MetaPathFinder):
    """Meets a few modules on their way in, and is no loader of any."""

    def __init__(self, adopt: dict[str, Callable[[Any], None]]) -> None:
        self._adopt = adopt

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        change = self._adopt.get(name)
        if change is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _ChangingLoader(spec.loader, change)
        return spec


class _ChangingLoader(importlib.abc.Loader):
    """The module's own loader, and a change when it has run."""

    def __init__(self, loader: Any, change: Callable[[Any], None]) -> None:
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
        _change(self._change, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _change(change: Callable[[Any], None], module: Any) -> None:
    # Another version of the library may lack what is changed; its own way is as good as none.
    with suppress(Exception):
        change(module)
