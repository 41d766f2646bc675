"""What the contract suite says again and again: the buttons, a post, the last one, the only inbound."""

from __future__ import annotations

from orchestrator.ports import Button, Inbound, Post, Receipt
from tests.adapters.rig import Rig, Standing

ANSWER = Button("Répondre", "answer-0123456789abcdef", "answer")
YES = Button("Oui", "approve-42", style="good")
NO = Button("Non", "skip-42", style="bad")


def send(rig: Rig, text: str, *buttons: Button, under: str | None = None, key: str = "k1") -> Receipt:
    """Post in the rig's place."""
    return rig.adapter.send(rig.place, Post(text, buttons, under), key)


def last(rig: Rig) -> Standing:
    """Our latest message there."""
    return rig.posts()[-1]


def only(heard: list[Inbound]) -> Inbound:
    """The one inbound of an act."""
    assert len(heard) == 1, heard
    return heard[0]
