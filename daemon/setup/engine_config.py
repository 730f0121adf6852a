"""Adds a runtime to the engine's configuration file, or removes it, and leaves all else as it was.

  engine_config.py add FILE NAME PATH ARGUMENT...   prints created, changed or unchanged
  engine_config.py remove FILE NAME                 prints removed or unchanged

A file that is not a JSON object is left untouched: prints why and ends with status 1.
"""

import json
import os
import re
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any


def read(path: Path) -> tuple[dict[str, Any], str]:
    """The settings and the file's own indentation; an absent or empty file has no settings."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not text.strip():
        return {}, "  "
    settings = json.loads(text)
    if not isinstance(settings, dict) or not isinstance(settings.get("runtimes", {}), dict):
        raise ValueError("it is JSON, but not an object of settings")
    first_indent = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    return settings, first_indent.group(1) if first_indent else "  "


def write(path: Path, settings: dict[str, Any], indent: str) -> None:
    """Replaces the file in one step: an engine that reads meanwhile sees the old or the new one."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(settings, file, indent=indent, ensure_ascii=False)
        file.write("\n")
        os.fchmod(file.fileno(), mode)
    os.replace(part, target)


def add(path: Path, name: str, runtime: dict[str, Any]) -> str:
    existed = path.exists()
    settings, indent = read(path)
    runtimes = settings.setdefault("runtimes", {})
    if runtimes.get(name) == runtime:
        return "unchanged"
    runtimes[name] = runtime
    write(path, settings, indent)
    return "changed" if existed else "created"


def remove(path: Path, name: str) -> str:
    settings, indent = read(path)
    runtimes = settings.get("runtimes", {})
    if name not in runtimes:
        return "unchanged"
    del runtimes[name]
    if not runtimes:
        del settings["runtimes"]
    write(path, settings, indent)
    return "removed"


def main(arguments: list[str]) -> int:
    command, file, name, *rest = arguments
    try:
        if command == "add":
            print(add(Path(file), name, {"path": rest[0], "runtimeArgs": rest[1:]}))
        else:
            print(remove(Path(file), name))
    except (OSError, ValueError) as problem:
        print(problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
