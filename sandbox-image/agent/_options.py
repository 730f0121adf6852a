"""What a call may be told beside its arguments, which have all names for themselves."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from ._errors import ToolArgumentError
from ._hints import closest

LONGEST_SECONDS: Final = 86_400


class Options(NamedTuple):
    """Of one call. To add one, add it here and to `with_options` of a tool."""

    timeout: float | None = None  # seconds; above 0, at most LONGEST_SECONDS
    is_whole: bool = False  # the answer with all that is in it, not only its value


# The options that code may give by name.
NAMES: Final = ("timeout",)


def changed(options: Options, given: dict[str, Any], label: str) -> Options:
    """The options with those that are given in place of theirs; raises what is wrong with them."""
    for name in given:
        if name not in NAMES:
            hint = closest(name, NAMES, "there are", "there are none")
            raise ToolArgumentError(f"{label}.with_options() has no option {name!r}{hint}")
    if "timeout" in given:
        options = options._replace(timeout=_seconds(given["timeout"], label))
    return options


def _seconds(given: Any, label: str) -> float | None:
    if given is None:
        return None
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not math.isfinite(given) or not 0 < given <= LONGEST_SECONDS:
        raise ToolArgumentError(
            f"{label}.with_options(): timeout is {given!r}; it must be a number of seconds above 0 and at most "
            f"{LONGEST_SECONDS}, or None for no timeout of its own"
        )
    return float(given)
