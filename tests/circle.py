"""A small community to test with: one space, a place on Slack and one on Telegram."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestrator.ports import Inbound, InboundKind
from orchestrator.store.session import Store
from orchestrator.store.tables import Community, Connection, Place, Space, to_us

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
