"""What a sandbox image holds, compared with this checkout, and which policies start from it.

    image_contents.py policies IMAGE POLICY.yaml...
    docker export CONTAINER | image_contents.py verify NAME --agent FOLDER [--pinned requirements.txt]

Reads the file system as the engine exports it, so that nothing of the image runs to say what is in it.
Exit status 1 when something is not as it should be.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import BinaryIO

AGENT = "opt/caisson/agent"
LIBRARIES = "usr/local/lib/python3.13/dist-packages"
# Of a file that something is wrong with, this many are named.
MOST_NAMED = 5

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
EXTENDS = re.compile(r"^extends:\s*([\w-]+)", re.MULTILINE)
IMAGE = re.compile(
    r"^sandbox:\s*(?:#.*)?\n(?:[ \t]+.*\n|[ \t]*\n|#.*\n)*?[ \t]+image:\s*(\S+)", re.MULTILINE
)


@dataclass
class Contents:
    """The files of an image that are looked at: path -> SHA-256, and the texts of the records."""

    files: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stream: BinaryIO) -> Contents:
        """From the archive that the engine exports."""
        contents = cls()
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                path = member.name.removeprefix("./")
                if not path.startswith((AGENT + "/", "usr/local/")) or not member.isreg():
                    continue
                data = archive.extractfile(member)
                assert data is not None
                content = data.read()
                contents.files[path] = hashlib.sha256(content).digest()
                if path.endswith(".dist-info/RECORD"):
                    contents.records[path] = content.decode()
        return contents


def problems_of_agent(contents: Contents, folder: Path) -> list[str]:
    """Where the agent of the image is not that of the checkout."""
    ours = {
        f"{AGENT}/{file.relative_to(folder).as_posix()}": hashlib.sha256(file.read_bytes()).digest()
        for file in folder.rglob("*.py")
    }
    theirs = {path: digest for path, digest in contents.files.items() if is_source_of_agent(path)}
    return [
        *named("is not in the image", ours.keys() - theirs.keys()),
        *named("is in the image and not in this checkout", theirs.keys() - ours.keys()),
        *named(
            "differs from this checkout's",
            (path for path in ours if theirs.get(path, ours[path]) != ours[path]),
        ),
    ]


def is_source_of_agent(path: str) -> bool:
    """Compiled files are made in the build, out of these."""
    return path.startswith(AGENT + "/") and not is_compiled(path)


def is_compiled(path: str) -> bool:
    """Whether Python has made it out of a source beside it."""
    return path.endswith(".pyc") and PurePosixPath(path).parent.name == "__pycache__"


def problems_of_libraries(contents: Contents, pinned: str) -> list[str]:
    """Where what is installed is not what is pinned, or not as its own record says."""
    wanted = {plain(name): version for name, version in PIN.findall(pinned)}
    installed = dict(name_and_version(path) for path in contents.records)
    problems = []
    for name in sorted(wanted.keys() | installed.keys()):
        if wanted.get(name) != installed.get(name):
            problems.append(
                f"{name} is {installed.get(name, 'not there')}, pinned is {wanted.get(name, 'nothing')}"
            )
    recorded: dict[str, bytes | None] = {}
    for path, record in contents.records.items():
        recorded.update(entries(path, record))
    there = {path for path in contents.files if not is_compiled(path)}
    missing = {path for path in recorded if path not in contents.files and not is_compiled(path)}
    differing = {
        path
        for path in there & recorded.keys()
        if recorded[path] not in (None, contents.files[path])
    }
    return [
        *problems,
        *named("is recorded and not there", missing),
        *named("is there and in no record", there - recorded.keys() - set(of_agent(there))),
        *named("is not what its record says", differing),
    ]


def of_agent(paths: Iterable[str]) -> list[str]:
    """Those that the other examination looks at."""
    return [path for path in paths if path.startswith(AGENT + "/")]


def entries(path: str, record: str) -> dict[str, bytes | None]:
    """What a record says: path -> SHA-256; a file that it gives no hash of, such as itself, has none."""
    root = str(PurePosixPath(path).parent.parent)
    found: dict[str, bytes | None] = {}
    for row in csv.reader(record.splitlines()):
        kind, _, digest = (row[1] if len(row) > 1 else "").partition("=")
        whole = (
            base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4))
            if kind == "sha256"
            else None
        )
        found[normpath(f"{root}/{row[0]}")] = whole
    return found


def name_and_version(record: str) -> tuple[str, str]:
    """Out of `.../Some_Name-1.2.dist-info/RECORD`."""
    name, _, version = PurePosixPath(record).parent.name.removesuffix(".dist-info").partition("-")
    return plain(name), version


def plain(name: str) -> str:
    """A library's name as all spellings of it have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(what: str, paths: Iterable[str]) -> list[str]:
    """One line for each of the first files, and one for the rest."""
    found = sorted(paths)
    lines = [f"/{path} {what}" for path in found[:MOST_NAMED]]
    return lines + (
        [f"and {len(found) - MOST_NAMED} more like that"] if len(found) > MOST_NAMED else []
    )


def verdict(name: str, problems: list[str], good: str) -> bool:
    """Prints it. Whether all is well."""
    for state, text in [("wrong", problem) for problem in problems] or [("ok", good)]:
        print(f"{state:<9} {name:<6} {text}")
    return not problems


def verify(name: str, agent: Path, pinned: Path | None) -> bool:
    """Examines the archive on stdin."""
    contents = Contents.read(sys.stdin.buffer)
    sources = sum(map(is_source_of_agent, contents.files))
    well = verdict(
        name, problems_of_agent(contents, agent), f"the agent's {sources} files are this checkout's"
    )
    if pinned is not None:
        problems = problems_of_libraries(contents, pinned.read_text(encoding="utf-8"))
        files = len(contents.files) - len(of_agent(contents.files))
        good = f"the {len(contents.records)} libraries are those that are pinned, and their {files} files as recorded"
        well = verdict(name, problems, good) and well
    return well


def policies_of(image: str, files: list[Path]) -> list[str]:
    """The policies that start from this image, by themselves or by the one that they extend."""
    texts = {file.stem: file.read_text(encoding="utf-8") for file in files}

    def image_of(name: str, depth: int = 0) -> str:
        text = texts.get(name, "")
        own = IMAGE.search(text)
        if own:
            return own[1]
        parent = EXTENDS.search(text)
        return image_of(parent[1] if parent else "default", depth + 1) if depth < len(texts) else ""

    return sorted(name for name in texts if image_of(name) == image)


def main(arguments: list[str]) -> int:
    """As the first lines say."""
    command, name, *rest = arguments
    if command == "policies":
        print(" ".join(policies_of(name, [Path(file) for file in rest])) or "-")
        return 0
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    pinned = options.get("--pinned")
    return 0 if verify(name, Path(options["--agent"]), Path(pinned) if pinned else None) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
