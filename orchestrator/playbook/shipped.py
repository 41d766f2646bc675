"""Finds what is shipped with the program: example playbooks, question banks, templates."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """The folder "playbooks" or "templates": inside an installed wheel, else at the top of the repository."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "shipped" / name
    return installed if installed.is_dir() else package.parent / name
