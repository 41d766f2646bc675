"""Simulated members do what members of each kind of ritual do: over many seeds, each act is seen."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import delete, select

from orchestrator.store import rehearsal
from orchestrator.store.session import Store
from orchestrator.store.tables import RehearsalAct, RehearsalMessage
from workers.personas import Persona
from workers.reactions import Seen, host_reaction, reaction

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ONE = Persona("slack", "slack", "U1", "Ana Lopes", 0.5, 1, 0.1, 0.4, True, joins_at=NOON)
SALON, DIRECT = "C1", rehearsal.direct("U1")
LINK = "[répondre](https://cercle.slack.com/archives/C1/p1796040000000007)"

#: What is said: kind, stage, place, verbs of its buttons, text; and all that members make of it.
MESSAGES = [
    ("prompt", "post", SALON, ["answer"], "Quoi ?", {"said under it"}),
    ("poll", "open", SALON, ["vote", "vote", "unvote"], "Quoi ?", {"pressed vote"}),
    ("nudge", "post", DIRECT, ["later", "stop"], "Bonjour", {"said", "pressed later", "pressed stop"}),
    ("welcome", "greet", DIRECT, ["accept"], "Quel conseil ?", {"pressed accept", "said directly"}),
    ("welcome", "greet", DIRECT, [], "Rosa vient d’arriver.", {"said"}),
    ("relaunch", "ask", DIRECT, ["pass", "stop"], LINK, {"said under the question", "pressed pass", "pressed stop"}),
    ("debate", "invite", DIRECT, ["accept", "decline"], "Ouvrir ?", {"pressed accept", "pressed decline"}),
    ("debate", "statements", DIRECT, [], "Côté « pour »", {"said directly"}),
    ("debate", "opening", SALON, [], "Le débat est ouvert.", {"said under it"}),
    ("shout_out", "post", SALON, [], "Merci à Rosa.", set()),
    ("prompt", "recap", SALON, [], "On demandait ?", set()),
]


def seen(kind: str, stage: str, place: str, verbs: list[str], text: str) -> Seen:
    buttons = [{"key": f"{verb}-{number:016d}", "kind": "choice", "label": verb} for number, verb in enumerate(verbs)]
    row = RehearsalMessage(connection="slack", place_ref=place, message_ref="1.0", text=text, at=NOON, kind="message")
    row.sent = {"act": {"buttons": buttons}}
    return Seen(row, kind, stage)


def acts(store: Store, message: Seen, chance: random.Random) -> set[str]:
    """What one seed makes of a message, in words."""
    with store.write() as session:
        for plan in reaction(chance, ONE, message, "fr"):
            plan.do(rehearsal.Seat(session, "slack", "slack", "U1", NOON), message.row, SALON)
        rows = session.scalars(select(RehearsalAct).order_by(RehearsalAct.id)).all()
        told = {_in_words(msgspec.json.decode(row.body)) for row in rows}
        session.execute(delete(RehearsalAct))
    return told


def _in_words(act: dict[str, object]) -> str:
    if act["kind"] == "pressed":
        return f"pressed {str(act['data']['key']).partition('-')[0]}"  # type: ignore[index]
    if act["place_ref"] == DIRECT:
        return "said directly"
    under = {"1.0": " under it", "1796040000.000007": " under the question"}
    return f"said{under.get(str(act.get('under')), '')}"


@pytest.mark.parametrize(("kind", "stage", "place", "verbs", "text", "wanted"), MESSAGES)
def test_members_do_all_that_a_message_invites_to_and_nothing_else(
    sqlite_store: Store, kind: str, stage: str, place: str, verbs: list[str], text: str, wanted: set[str]
) -> None:
    message = seen(kind, stage, place, verbs, text)

    assert set().union(*(acts(sqlite_store, message, random.Random(seed)) for seed in range(120))) == wanted


def test_some_change_their_vote(sqlite_store: Store) -> None:
    message = seen("poll", "open", SALON, ["vote", "vote"], "Quoi ?")
    counts = {len(list(reaction(random.Random(seed), ONE, message, "fr"))) for seed in range(120)}

    assert counts == {0, 1, 2}


def test_a_host_answers_a_forgotten_question_most_of_the_time() -> None:
    told = seen("relaunch", "host", "C9", [], LINK)
    asked = seen("relaunch", "approval", "C9", ["approve", "skip"], LINK)

    answered = sum(bool(list(host_reaction(random.Random(seed), told, "fr"))) for seed in range(120))
    assert 60 < answered < 120
    assert not any(list(host_reaction(random.Random(seed), asked, "fr")) for seed in range(120))


def test_the_same_chance_gives_the_same_plans() -> None:
    message = seen("nudge", "post", DIRECT, ["later", "stop"], "Bonjour")
    plans = [[plan.after for plan in reaction(random.Random(3), ONE, message, "fr")] for _ in range(2)]

    assert plans[0] == plans[1]
