"""Processes that multiprocessing starts anew: they read the program again, so it has to be a file."""

from __future__ import annotations

import functools
import linecache
import os
import sys
import tempfile
from typing import Any


def give_programs_a_file(spawn: Any) -> None:
    """Changes `multiprocessing.spawn`: a program without a file is written into one when it is needed."""
    prepare = spawn.get_preparation_data

    @functools.wraps(prepare)
    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = prepare(name)
        path = data.get("init_main_from_path")
        if isinstance(path, str) and not os.path.exists(path):
            main = getattr(sys.modules["__main__"], "__file__", "")
            data["init_main_from_path"] = _written("".join(linecache.getlines(main)))
        return data

    spawn.get_preparation_data = get_preparation_data


@functools.lru_cache(maxsize=1)
def _written(program: str) -> str:
    """Once for each program, however many processes it starts."""
    folder = tempfile.mkdtemp(prefix="caisson-main-")
    path = os.path.join(folder, "program.py")
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(program)
    return path
