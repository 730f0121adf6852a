"""Pins what requirements.in names, and all that it needs, into requirements.txt: `python3 pin.py`.

Asks the package index that pip is configured with for the newest wheels for CPython 3.13, for every
machine that Caisson runs on, and writes down their hashes. The index's address does not get into the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MACHINES = ("x86_64", "aarch64")
# From the newest C library that wheels are built for down to the oldest; Debian's own is newer than all.
LIBRARIES = ("2_28", "2_27", "2_26", "2_24", "2_17", "2_12", "2_5")
HEADER = """\
# Made by `python3 pin.py` out of requirements.in: change that and run it again.
# Wheels alone, for CPython 3.13, each by its hash on every machine that it differs on.
"""


def target_of(machine: str) -> list[str]:
    """The options of pip that ask for wheels of the data image on such a machine."""
    platforms = [f"--platform=manylinux_{library}_{machine}" for library in LIBRARIES]
    return ["--only-binary=:all:", "--implementation=cp", "--python-version=3.13", *platforms]


def resolve(machine: str) -> dict[str, tuple[str, str]]:
    """Name -> version and hash of what pip would install."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--target=unused", "--report=-", "--requirement=requirements.in", *target_of(machine)]
    report = json.loads(subprocess.run(command, cwd=FOLDER, check=True, capture_output=True).stdout)
    found = {}
    for wheel in report["install"]:
        name = wheel["metadata"]["name"].lower().replace("_", "-")
        archive = wheel["download_info"]["archive_info"]
        found[name] = (wheel["metadata"]["version"], "sha256:" + archive["hashes"]["sha256"])
    return found


def requirements(of_machines: list[dict[str, tuple[str, str]]]) -> str:
    """The text of requirements.txt."""
    lines = []
    for name in sorted({name for found in of_machines for name in found}):
        wheels = [found[name] for found in of_machines if name in found]
        versions = {version for version, _hash in wheels}
        if len(versions) != 1 or len(wheels) != len(of_machines):
            raise SystemExit(f"pin.py: {name} is not there in one version for each of {', '.join(MACHINES)}: {wheels}")
        hashes = dict.fromkeys(f"    --hash={digest}" for _version, digest in wheels)
        lines.append(" \\\n".join([f"{name}=={versions.pop()}", *hashes]))
    return HEADER + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (FOLDER / "requirements.txt").write_text(requirements([resolve(machine) for machine in MACHINES]), encoding="utf-8")
