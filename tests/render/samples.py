"""Playbooks and facts for the renderer's tests."""

from __future__ import annotations

from typing import Any

from orchestrator.playbook.schema import Hosts, Playbook, Ritual
from orchestrator.rituals.prompt import Model

VOICES = (("fr", "tu"), ("fr", "vous"), ("en", "vous"))
QUESTION = {
    "fr": "Quel prix as-tu augmenté, et qu’est-ce que ça a changé ?",
    "en": "Which price did you raise, and what changed?",
}


def ritual(**more: Any) -> Ritual:
    known: dict[str, Any] = {"model": Model.model_validate({"ask": ["?a"]}), "when": ["every monday at 09:30"]}
    return Ritual(**{"name": "question-du-lundi", "kind": "prompt", "where": ["salon"], **known, **more})


def playbook(language: str = "fr", tone: str = "tu", **more: Any) -> Playbook:
    known: dict[str, Any] = {
        "playbook": "cercle",
        "title": "Le Cercle",
        "community": "cercle",
        "language": language,
        "tone": tone,
        "timezone": "Europe/Paris",
        "hosts": Hosts(people=["alexis", "ines"]),
        "rituals": {},
    }
    return Playbook(**{**known, **more})
