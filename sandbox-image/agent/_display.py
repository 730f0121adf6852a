"""`display`: values shown while the program runs, in order with what it prints."""

from __future__ import annotations

from typing import Any

from ._bundles import PLAIN, Bundle, raw_bundle, shown_bundle
from ._streams import write_error
from ._wire import Wire

# With the text around it, a display fits a message of gRPC by its default limit, 4 MiB.
DISPLAY_BYTES = 3 * 1024 * 1024
_TEXT_BYTES = 64 * 1024


class Displays:
    """Sends what is shown."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def display(self, *values: Any, raw: bool = False, metadata: dict[str, Any] | None = None) -> None:
        """Shows values in the richest form that they have: tables, images, plots, or else their repr.

        With `raw` each value is a MIME bundle already: a dict of MIME types and data.
        """
        for value in values:
            if raw:
                self.send(raw_bundle(value, metadata, DISPLAY_BYTES))
            else:
                self.send(shown_bundle(value, DISPLAY_BYTES, _TEXT_BYTES))

    def send(self, bundle: Bundle) -> None:
        """Shows a bundle; a forked child has only its standard output for that."""
        complain(bundle)
        if not bundle.parts:
            return
        if self._wire.is_forked_child:
            for part in bundle.parts:
                if part.mime == PLAIN:
                    print(part.data.decode())
            return
        self._wire.display({"parts": bundle.describe()}, bundle.bulk())


Displays.display.__module__ = "caisson"
Displays.display.__qualname__ = "display"


def complain(bundle: Bundle) -> None:
    """Says on standard error what could not be shown."""
    for complaint in bundle.complaints:
        write_error(f"display: {complaint}\n")
