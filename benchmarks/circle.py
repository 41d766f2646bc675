"""The circle that benchmarks talk in: one space, five Slack channels, and an open prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert

from benchmarks.wire import PLACES, ROOT, START
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.schema import Ritual as Written
from orchestrator.ports import Post
from orchestrator.rituals.prompt import Model
from orchestrator.store import communities, deliveries, rituals
from orchestrator.store.session import Store
from orchestrator.store.tables import Handle, Member, Place, Ritual, Run


@dataclass(frozen=True, slots=True)
class Circle:
    """The ids of what was made; `places` by their reference."""

    community_id: int
    connection_id: int
    space_id: int
    run_id: int
    places: dict[str, int]
    people: dict[str, tuple[int, int]]  # member and handle, by reference
    path: str  # of the ritual, with the run's key: "community/playbook/ritual|key"


def make(store: Store, people: Sequence[str]) -> Circle:
    """Make it in an empty database, with these members."""
    with store.write() as session:
        community = communities.keep(session, "cercle", "Europe/Paris", "fr")
        connection_id = communities.keep_connection(session, "slack", "slack")
        space_id = communities.keep_space(session, community.id, "salon")
        places = [Place(space_id=space_id, connection_id=connection_id, ref=ref) for ref in PLACES]
        session.add_all(places)
        session.flush()
        above = rituals.keep_playbook(session, community.id, "cercle")
        version_id = rituals.keep_version(session, above.id, playbook(), START)
        ritual = Ritual(playbook_id=above.id, version_id=version_id, name="question", kind="prompt")
        session.add(ritual)
        session.flush()
        run = Run(
            ritual_id=ritual.id,
            version_id=version_id,
            key="2026-01-05T09:00",
            code="c0de",
            due_at=START,
            made_at=START,
            state="open",
            opened_at=START,
            closes_at=START + timedelta(days=365),
        )
        session.add(run)
        session.flush()
        post = deliveries.plan(
            session, run=run, stage="post", target="place:1", body=Post("?"), not_before=START, place=places[0]
        )
        post.state, post.message_ref, post.sent_place_ref, post.sent_at = "sent", ROOT, PLACES[0], START
        ids = {place.ref: place.id for place in places}
        member_ids = session.scalars(
            insert(Member).returning(Member.id, sort_by_parameter_order=True),
            [{"community_id": community.id, "name": ref} for ref in people],
        ).all()
        shared = {"community_id": community.id, "connection_id": connection_id}
        handle_ids = session.scalars(
            insert(Handle).returning(Handle.id, sort_by_parameter_order=True),
            [
                {**shared, "ref": ref, "name": ref, "member_id": one}
                for ref, one in zip(people, member_ids, strict=True)
            ],
        ).all()
        met = dict(zip(people, zip(member_ids, handle_ids, strict=True), strict=True))
        return Circle(community.id, connection_id, space_id, run.id, ids, met, f"cercle/cercle/question|{run.key}")


def playbook() -> Playbook:
    """A prompt on Mondays."""
    model = Model.model_validate({"ask": ["Quel prix ?"], "open_for": timedelta(days=365)})
    written = Written(name="question", kind="prompt", model=model, when=["every monday at 9:00"], where=["salon"])
    return Playbook(
        playbook="cercle",
        title="Cercle",
        community="cercle",
        language="fr",
        timezone="Europe/Paris",
        rituals={"question": written},
    )
