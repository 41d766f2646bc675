"""What we call a member."""

from __future__ import annotations


def first_name(name: str) -> str:
    """The first word of a shown name, "" for none: what people say to each other."""
    return (name.split() or [""])[0]
