"""Figures and images that show themselves: what plotting libraries do with a screen, without one.

A library is changed when the code imports it, in the few places where it would look for a screen.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any

from ._adoption import Change
from ._display import Displays


class Plots:
    """The figures of a run."""

    def __init__(self, displays: Displays) -> None:
        self._displays = displays

    def changes(self) -> dict[str, Change]:
        """What libraries that draw would do with a screen."""
        return {
            "matplotlib.pyplot": self._adopt_pyplot,
            "PIL.Image": self._adopt_pillow,
            "plotly.basedatatypes": self._adopt_plotly,
        }

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
        @functools.wraps(pyplot.show)
        def show(*_arguments: Any, **_options: Any) -> None:
            self.show_what_is_open()

        pyplot.show = show
        rc = pyplot.rcParams
        # Left to itself it would try each toolkit for windows first. What the code or its
        # environment chooses stays.
        if "MPLBACKEND" not in os.environ and rc._get_backend_or_none() is None:
            rc["backend"] = "agg"

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
