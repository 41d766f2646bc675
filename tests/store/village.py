"""Random communities to ask segments of: members who talk, fall silent, join, leave, help and earn badges."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from orchestrator.rules.days import LocalDays
from orchestrator.rules.segment import All, AnyOf, AtLeast, Expression, Has, Joined, Not, Quiet
from orchestrator.store import activity
from orchestrator.store.members import settle
from orchestrator.store.tables import (
    Answer,
    Badge,
    Ballot,
    Community,
    Connection,
    Deed,
    Handle,
    Member,
    Place,
    PlaybookRow,
    PlaybookVersion,
    Presence,
    Ritual,
    Run,
    Space,
    to_us,
)

#: A moment after which a day of 25 hours lies in the past (26 October 2025 in Paris).
NOW = datetime(2025, 11, 20, 22, 30, tzinfo=UTC)
RITUALS, BADGES = ("lundi", "vote"), ("ambassadeur", "bilan")


@dataclass(frozen=True, slots=True)
class Village:
    """What was made."""

    community_id: int
    place_ids: list[int]
    spaces: dict[int, int]
    zone: str
    members: list[int]


def village(session: Session, seed: int, people: int = 12) -> Village:
    """A community of its own, made by chance."""
    chance = random.Random(seed)
    zone = chance.choice(["Europe/Paris", "America/Sao_Paulo", "Pacific/Auckland", "UTC"])
    number = len(session.scalars(select(Community.id)).all())
    community = Community(name=f"village{number}", zone=zone, language="fr")
    session.add(community)
    session.flush()
    spaces = [Space(community_id=community.id, name=name) for name in ("salon", "jardin")]
    connection = session.scalar(select(Connection).where(Connection.name == "slack"))
    if connection is None:
        connection = Connection(name="slack", platform="slack")
    session.add_all([connection, *spaces])
    session.flush()
    places = [Place(space_id=one.id, connection_id=connection.id, ref=f"C{number}-{one.id}") for one in spaces]
    members = [Member(community_id=community.id, name="", is_host=chance.random() < 0.1) for _ in range(people)]
    session.add_all([*places, *members])
    session.flush()
    here = Village(
        community.id,
        [place.id for place in places],
        {place.id: place.space_id for place in places},
        zone,
        [member.id for member in members],
    )
    for member in members:
        _live(session, chance, here, member.id)
    settle(session, here.members)
    _take_part(session, chance, here, connection.id, number)
    return here


def talk(session: Session, chance: random.Random, here: Village, member_ids: list[int], within: int = 120) -> None:
    """Messages of these members within so many days before now."""
    day_of, facts = LocalDays(here.zone), []
    for member_id in member_ids:
        for _ in range(chance.randrange(12)):
            at = to_us(NOW - timedelta(minutes=chance.randrange(within * 24 * 60)))
            ref = at * 10 + chance.randrange(10)
            place_id = chance.choice(here.place_ids)
            facts.append((place_id, ref, activity.SAID, 0, member_id, day_of(at), at, None, None, 5, 0))
    activity.keep(session, facts, here.spaces)


def _live(session: Session, chance: random.Random, here: Village, member_id: int) -> None:
    if chance.random() < 0.8:
        talk(session, chance, here, [member_id], within=chance.choice([3, 20, 60, 120]))
    for place_id in here.place_ids:
        if chance.random() < 0.7:
            at = NOW - timedelta(hours=chance.randrange(60 * 24))
            gone = at + timedelta(days=2) if chance.random() < 0.25 else None
            known = {"joined_at": at, "left_at": gone, "at_start": chance.random() < 0.3}
            session.add(Presence(place_id=place_id, member_id=member_id, **known))
    today = LocalDays(here.zone)(to_us(NOW))
    for root in range(chance.randrange(5)):
        kind, day = chance.choice(["helped", "started"]), today - chance.randrange(60)
        ref = member_id * 100 + root
        session.add(Deed(place_id=here.place_ids[0], root_ref=ref, member_id=member_id, kind=kind, day=day))
    for name in BADGES:
        if chance.random() < 0.3:
            session.add(Badge(member_id=member_id, name=name, earned_at=NOW))


def _take_part(session: Session, chance: random.Random, here: Village, connection_id: int, number: int) -> None:
    above = PlaybookRow(community_id=here.community_id, name="p")
    session.add(above)
    session.flush()
    version = PlaybookVersion(playbook_id=above.id, digest="d", body="{}", created_at=NOW)
    session.add(version)
    session.flush()
    for name in RITUALS:
        ritual = Ritual(playbook_id=above.id, version_id=version.id, name=name, kind="prompt")
        session.add(ritual)
        session.flush()
        known = {"ritual_id": ritual.id, "version_id": version.id, "due_at": NOW, "made_at": NOW}
        run = Run(key="k", code=f"{number:x}-{ritual.id:x}", **known)
        session.add(run)
        session.flush()
        for member_id in here.members:
            if chance.random() < 0.3:
                handle = Handle(
                    community_id=here.community_id,
                    connection_id=connection_id,
                    ref=f"{run.id}-{member_id}",
                    member_id=member_id,
                )
                session.add(handle)
                session.flush()
                did = {"run_id": run.id, "stage": "post", "member_id": member_id, "handle_id": handle.id}
                if name == "vote":
                    session.add(Ballot(**did, options=chance.choice(["0", "1,2", ""]), at=NOW))
                else:
                    session.add(Answer(**did, said_at=NOW, text="oui"))
    session.flush()


def asked(chance: random.Random, depth: int = 2) -> Expression:
    """An expression made by chance."""
    kind = chance.randrange(9 if depth else 5)
    if kind == 0:
        return Quiet(chance.randrange(1, 30), chance.choice([None, None, 10, 40]))
    if kind in (1, 2):
        return AtLeast(chance.choice(["contributed", "active_days"]), chance.randrange(1, 5), chance.randrange(1, 90))
    if kind == 3:
        return AtLeast(chance.choice(["helped", "started"]), chance.randrange(1, 3), chance.randrange(1, 60))
    if kind == 4:
        two: list[Expression] = [Has("badge", chance.choice(BADGES)), Has("answered", chance.choice(RITUALS))]
        return chance.choice([Joined(chance.randrange(1, 50)), *two])
    if kind in (5, 6):
        return All(tuple(asked(chance, depth - 1) for _ in range(chance.randrange(1, 4))))
    if kind == 7:
        return AnyOf(tuple(asked(chance, depth - 1) for _ in range(chance.randrange(1, 4))))
    return Not(asked(chance, depth - 1))
