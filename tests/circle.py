"""A small community to test with: one space, a place on Slack and one on Telegram."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.schema import Ritual as WrittenRitual
from orchestrator.ports import Inbound, InboundKind, Post
from orchestrator.rituals.prompt import Model
from orchestrator.store import deliveries, rituals
from orchestrator.store.session import Store
from orchestrator.store.tables import Community, Connection, Place, Ritual, Run, Space, to_us

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Circle:
    """The ids of what was made."""

    community_id: int
    space_id: int
    slack_id: int
    telegram_id: int
    slack_place_id: int
    telegram_place_id: int


def circle(store: Store, zone: str = "Europe/Paris") -> Circle:
    """Make the community "cercle" with the places C1 on slack and -100 on telegram."""
    with store.write() as session:
        community = Community(name="cercle", zone=zone, language="fr")
        slack = Connection(name="slack", platform="slack")
        telegram = Connection(name="telegram", platform="telegram")
        session.add_all([community, slack, telegram])
        session.flush()
        space = Space(community_id=community.id, name="salon")
        session.add(space)
        session.flush()
        on_slack = Place(space_id=space.id, connection_id=slack.id, ref="C1")
        on_telegram = Place(space_id=space.id, connection_id=telegram.id, ref="-100")
        session.add_all([on_slack, on_telegram])
        session.flush()
        return Circle(community.id, space.id, slack.id, telegram.id, on_slack.id, on_telegram.id)


def said(number: int, member: str = "U1", at: datetime = NOON, **facts: Any) -> Inbound:
    """A message in the Slack place; its number makes its reference."""
    return inbound("said", number, member, at, **{"text": "bonjour", **facts})


def inbound(kind: InboundKind, number: int, member: str = "U1", at: datetime = NOON, **facts: Any) -> Inbound:
    """Something that happened in the Slack place."""
    ref = f"1700000000.{number:06d}"
    known = {"event_ref": f"E{kind}{number}", "place_ref": "C1", "message_ref": ref, "member_ref": member}
    return Inbound(kind=kind, at=to_us(at), **{**known, **facts})


# --- a run in that circle --------------------------------------------------------------------------

ROOT = {"slack": "1699999999.000100", "telegram": "40"}
"""The references of the run's post, by connection."""

CLOSES = NOON + timedelta(days=2)


def playbook() -> Playbook:
    """The playbook "cercle" with the prompt "question" in the salon."""
    model = Model.model_validate({"ask": ["Quel prix ?"], "open_for": timedelta(days=2)})
    written = WrittenRitual(
        name="question", kind="prompt", model=model, when=["every monday at 13:00"], where=["salon"]
    )
    return Playbook(
        playbook="cercle",
        title="Le Cercle",
        community="cercle",
        language="fr",
        timezone="Europe/Paris",
        rituals={"question": written},
    )


def open_run(store: Store, here: Circle, state: str = "sent", key: str = "2026-11-30T13:00") -> int:
    """A run of it that opened at noon, its posts in this state; gives its id. Its code is "c0de" for that key."""
    with store.write() as session:
        above = rituals.keep_playbook(session, here.community_id, "cercle")
        version_id = rituals.keep_version(session, above.id, playbook(), NOON)
        ritual = session.scalar(select(Ritual).where(Ritual.playbook_id == above.id))
        if ritual is None:
            ritual = Ritual(playbook_id=above.id, version_id=version_id, name="question", kind="prompt")
            session.add(ritual)
            session.flush()
        run = Run(
            ritual_id=ritual.id,
            version_id=version_id,
            key=key,
            code="c0de" if key == "2026-11-30T13:00" else f"c0de{key[-5:-3]}",
            due_at=NOON,
            made_at=NOON,
            state="open" if state == "sent" else "made",
            facts={"question": {"id": "q", "text": "Quel prix ?"}},
            opened_at=NOON if state == "sent" else None,
            closes_at=CLOSES if state == "sent" else None,
        )
        session.add(run)
        session.flush()
        for place_id, name in ((here.slack_place_id, "slack"), (here.telegram_place_id, "telegram")):
            place = session.get_one(Place, place_id)
            row = deliveries.plan(
                session,
                run=run,
                stage="post",
                target=f"place:{place_id}",
                body=Post("Quel prix ?"),
                not_before=NOON,
                place=place,
            )
            row.state, row.sending_at = state, NOON
            if state == "sent":
                row.message_ref, row.sent_place_ref, row.sent_at = ROOT[name], place.ref, NOON
        return run.id
