"""The channel's specification as the tests read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "proto/src/main/resources/caisson/channel"


def read(name: str) -> dict[str, Any]:
    """One file of the specification."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return content


def transcripts() -> dict[str, dict[str, Any]]:
    """All golden transcripts by name."""
    return {path.stem: read(f"transcripts/{path.name}") for path in sorted((FOLDER / "transcripts").glob("*.json"))}
