"""The platforms, each imported on first use.

A platform is a folder with the same five files: inbound.py (payload → Inbound, pure), outbound.py
(Outgoing → calls, pure; CAPABILITIES), text.py (Markdown → its own, escapes), faults.py (its codes →
cause, mend, permanent?), adapter.py (the only I/O; `open(name, settings) -> Adapter`).
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

PLATFORMS = ("slack", "telegram")


def part(platform: str, name: str) -> ModuleType:
    """The module adapters/<platform>/<name>.py."""
    return import_module(f"adapters.{platform}.{name}")
