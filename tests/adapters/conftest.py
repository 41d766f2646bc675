"""The rigs of the contract suite: every test that takes `rig` runs once before each platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from tests.adapters.rig import Rig

PLATFORMS: dict[str, dict[str, Any]] = {
    "slack": {},
    "slack-http": {"http": True},
    "telegram": {},
    "rehearsal": {},
    "rehearsal-telegram": {"plays": "telegram"},
}


def _opener(name: str) -> Callable[[], AbstractContextManager[Rig]]:
    module = import_module(f"tests.adapters.rig_{name.partition('-')[0]}")
    return partial(module.opened, **PLATFORMS[name])


@pytest.fixture(params=PLATFORMS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """One adapter before its fake platform."""
    with _opener(request.param)() as rig:
        yield rig


@pytest.fixture(params=["telegram", "rehearsal-telegram"])
def polls(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """One adapter of a platform that has polls of its own."""
    with _opener(request.param)() as rig:
        assert rig.adapter.capabilities.native_polls
        yield rig
