"""Builds, from rows, the facts that a ritual kind may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from orchestrator.ports import Adapter
from orchestrator.rituals.contract import Facts, Lead, Person, PlaceFacts, Result
from orchestrator.rituals.kinds import KINDS
from orchestrator.store import ballots, communities, parts, people, questions, runs, talk, told
from orchestrator.store.communities import Here
from orchestrator.store.leads import of_members
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Place, Run

#: The number in a message's reference, as the platforms write it in links.
_DIGITS = str.maketrans("", "", ".")


def build(session: Session, known: Known, run: Run, now: datetime, adapters: Mapping[str, Adapter]) -> Facts:
    """All that the ritual's kind may know about this run now."""
    needs = needs_of(known)
    seen = communities.places_of(session, known.community.id, known.written.where)
    posts = told.posts(session, run.id)
    return opening(
        run,
        [
            _place(place, platform, space, posts.get(place.id, {}), adapters.get(connection))
            for place, platform, connection, space in seen
        ],
        now,
        answers=told.answers(session, run.id),
        active=told.active(session, {place.space_id for place, *_ in seen}, known.community.zone, now),
        parts=parts.of_run(session, run.id),
        written_to=told.written_to(session, run.id),
        votes=ballots.of_run(session, run.id),
        subject=_subject(session, known, run, adapters, now),
        **(_questions(session, known, run, seen, adapters, now) if "questions" in needs else {}),
        before=_before(session, run, now) if "results" in needs else (),
        people=_people(session, known, adapters, now) if "people" in needs else (),
    )


def _people(session: Session, known: Known, adapters: Mapping[str, Adapter], now: datetime) -> tuple[Person, ...]:
    """Whom the kind may choose from, with their leads where it asks for them."""
    found = people.of_ritual(session, known, adapters, now)
    if "leads" not in needs_of(known):
        return found
    here = _members_places(session, known)
    leads: dict[int, list[tuple[int, Lead]]] = {}
    for one in of_members(session, [person.member_id for person in found], list(here), now):
        place = here[one.place.id]
        link = link_to(place.place, one.message_ref, adapters.get(place.connection))
        lead = Lead(one.kind, one.text, one.at, link, place.space, one.others, one.asker_id)
        leads.setdefault(one.member_id, []).append((one.place.id, lead))
    return tuple(replace(one, leads=tuple(_theirs(one, leads.get(one.member_id, ())))) for one in found)


def _before(session: Session, run: Run, now: datetime) -> tuple[Mapping[str, Any], ...]:
    ended = runs.recent(session, [run.ritual_id], people.REMEMBERED, now)
    return tuple(one.facts["result"] for one in ended if one.id != run.id and "result" in one.facts)


def _questions(
    session: Session, known: Known, run: Run, here: Sequence[Here], adapters: Mapping[str, Adapter], now: datetime
) -> dict[str, Any]:
    """The open question that the run is about; of a quiet space at first those left open there, none put twice."""
    places = {one.place.id: one for one in here if one.space == run.facts.get("space", one.space)}
    spot = questions.about(run.facts)
    if spot is not None:
        one = questions.one(session, *spot)
        found = [] if one is None else [one]
    else:
        put = runs.subjects(session, known.community.id, now - questions.TEXT_KEPT)
        left = questions.unanswered(session, list(places), now)
        found = [one for one in left if (one.place_id, one.message_ref) not in put]
    linked = (
        replace(one, link=link_to(place.place, one.message_ref, adapters.get(place.connection)))
        for one in found
        if (place := places.get(one.place_id))
    )
    answered_at = None if spot is None else questions.answered_at(session, *spot)
    last_said_at = talk.last_said(session, list(places))
    return {"questions": tuple(linked), "answered_at": answered_at, "last_said_at": last_said_at}


def _subject(session: Session, known: Known, run: Run, adapters: Mapping[str, Adapter], now: datetime) -> Person | None:
    """The member whose doing began the run."""
    member_id = run.facts.get("member_id")
    if member_id is None:
        return None
    found = people.of_ids(session, [member_id], adapters, now, known.playbook.pace.direct_per_week)
    return found[0] if found else None


def _members_places(session: Session, known: Known) -> dict[int, Here]:
    """The places of the ritual, or all that members share: never the hosts' own space."""
    hosts = known.playbook.hosts.space if known.playbook.hosts else None
    found = communities.places_of(session, known.community.id, known.written.where or None)
    return {one.place.id: one for one in found if one.space != hosts}


def _theirs(person: Person, leads: Sequence[tuple[int, Lead]]) -> Iterator[Lead]:
    """Nobody is led into a place that they are not in."""
    return (lead for place_id, lead in leads if place_id in person.places or not person.places)


def numbers(result: Result) -> dict[str, Any]:
    """A run's numbers as they are kept with it."""
    known = {"counted": result.counted, "of": result.of, "unanswered": result.unanswered, "asks": result.asks}
    return known | ({"more": dict(result.more)} if result.more else {})


def needs_of(known: Known) -> frozenset[str]:
    """The further facts that the ritual's kind reads."""
    return getattr(KINDS[known.written.kind], "NEEDS", frozenset())


def at_an_act(session: Session, run: Run, now: datetime) -> Facts:
    """The facts when a member acts by a button or a vote: the parts, and none of what would be counted."""
    return opening(run, [], now, parts=parts.of_run(session, run.id))


def opening(run: Run, places: Sequence[PlaceFacts], now: datetime, **more: Any) -> Facts:
    """The facts of a run that nobody has answered yet."""
    return Facts(
        now=now,
        due_at=run.due_at,
        places=tuple(places),
        question=run.facts.get("question"),
        opened_at=run.opened_at,
        closes_at=run.closes_at,
        run=run.facts,
        ritual_id=run.ritual_id,
        **more,
    )


def _place(place: Place, platform: str, space: str, posts: Mapping[str, str], adapter: Adapter | None) -> PlaceFacts:
    links = _links(place, posts, adapter)
    return PlaceFacts(place.id, platform, next(iter(links.values()), None), space, links, has_polls(place, adapter))


def has_polls(place: Place, adapter: Adapter | None) -> bool:
    """Can a poll of the platform's own stand here? Not in a channel, whose polls do not tell who voted."""
    return adapter is not None and adapter.capabilities.native_polls and place.kind == "group"


def link_to(place: Place, message_ref: str, adapter: Adapter | None) -> str | None:
    """The address of a message in a place, where the platform has one."""
    return _links(place, {"": message_ref}, adapter).get("")


def _links(place: Place, posts: Mapping[str, str], adapter: Adapter | None) -> dict[str, str]:
    """Links to posts of ours, by stage: the place's link and the message's number, in the platform's pattern."""
    pattern = adapter.capabilities.post_link if adapter is not None else None
    if not (place.link and pattern):
        return {}
    where = place.link.rstrip("/")
    return {stage: pattern.format(place=where, number=ref.translate(_DIGITS)) for stage, ref in posts.items()}
