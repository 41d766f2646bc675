"""Reads deploy/Dockerfile, compose.yaml and .dockerignore, so that their proof cannot drift from them."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
IGNORE = ROOT / ".dockerignore"


@dataclass
class Stage:
    """One FROM and what follows: (instruction, argument) pairs in order."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        return [argument for word, argument in self.steps if word == instruction]

    def last(self, instruction: str) -> str:
        return self.of(instruction)[-1]

    def listed(self, instruction: str) -> list[str]:
        """An argument in its JSON form: ENTRYPOINT, CMD."""
        found: list[str] = json.loads(self.last(instruction))
        return found

    @property
    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for line in self.of("ENV") for pair in shlex.split(line))

    @property
    def health(self) -> list[str]:
        found: list[str] = json.loads(self.last("HEALTHCHECK").partition("CMD ")[2])
        return found


def stages() -> list[Stage]:
    """The Dockerfile's stages; the last one is the image."""
    text = re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8")).replace("\\\n", "")
    found: list[Stage] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, _, argument = line.partition(" ")
        if word == "FROM":
            found.append(Stage(argument.partition(" AS ")[2] or "image"))
        elif found:
            found[-1].steps.append((word, argument.strip()))
    return found


def image() -> Stage:
    return stages()[-1]


def allowed() -> tuple[list[str], list[str]]:
    """What .dockerignore lets into the build, and the names it keeps out everywhere: its first rule is "nothing"."""
    rules = [line for line in IGNORE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    kept_out = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    assert rules == ["*", *(f"!{name}" for name in let_in), *(f"**/{name}" for name in kept_out)]
    return let_in, kept_out


def compose() -> dict[str, Any]:
    """compose.yaml with its anchors merged."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


def ours() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: one for name, one in compose()["services"].items() if one["image"] == "tertulia"}
