"""What a ritual would say at each stage if enough members were there and two of them answered: nobody real is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.playbook.schema import Ritual
from orchestrator.rituals.contract import (
    Answered,
    Draft,
    Effect,
    Facts,
    Heard,
    Lead,
    Note,
    OpenQuestion,
    Part,
    Person,
    PlaceFacts,
    Play,
    Stage,
    Vote,
)
from orchestrator.rituals.kinds import KINDS

#: Enough for every kind to find somebody to write to.
PEOPLE = 12

#: The place that all posts go to.
PLACE = 0

#: What everybody speaks of.
TOPIC = "…"


def drafts(written: Ritual, stages: Sequence[Stage], opened_at: datetime) -> dict[str, list[Draft]]:
    """What is said at each of these stages of a run that opens then, by the stage's name."""
    facts, said = _facts(stages, opened_at), {}
    for stage in stages:
        said[stage.name], facts = held(written, stage.name, replace(facts, now=stage.at))
    return said


def held(written: Ritual, stage: str, facts: Facts) -> tuple[list[Draft], Facts]:
    """What is said at a stage, and the facts after it: people chosen and reached, and whoever was asked said yes."""
    kind = KINDS[written.kind]
    facts = _after(kind.act(written.model, stage, facts), facts)
    said = kind.say(written.model, stage, facts)
    reached = {draft.member_id for draft in said if draft.member_id is not None}
    facts = replace(facts, written_to=facts.written_to | reached)
    return said, _agreed(written, said, facts)


def posts(written: Ritual, stages: Sequence[Stage], opened_at: datetime) -> dict[str, int]:
    """How many posts each of these stages makes in each place of the run, by the stage's name."""
    said = drafts(written, stages, opened_at)
    return {name: sum(draft.place_id is not None for draft in found) for name, found in said.items()}


def last_moment(written: Ritual, stages: Sequence[Stage], opened_at: datetime, stage: str) -> datetime | None:
    """Until when a stage may be held: nobody is asked, or reminded, once answers are late. None: as long as any."""
    about = {stage, *(draft.under for draft in drafts(written, stages, opened_at)[stage])}
    asks = KINDS[written.kind].asks(written.model, _facts(stages, opened_at))
    return min((ask.closes_at for ask in asks if ask.stage in about), default=None)


def _facts(stages: Sequence[Stage], opened_at: datetime) -> Facts:
    answered = tuple(Answered(member, "…", opened_at, PLACE, "", None) for member in (1, 2))
    return Facts(
        now=opened_at,
        due_at=opened_at,
        places=(PlaceFacts(PLACE, "", None, ""),),
        question={"id": "", "text": ""},
        opened_at=min((stage.at for stage in stages), default=opened_at),
        closes_at=next((stage.at for stage in stages if stage.closes), None),
        answers=answered,
        active=PEOPLE,
        people=tuple(_person(number, opened_at) for number in range(1, PEOPLE + 1)),
        subject=_person(1, opened_at),
        questions=(OpenQuestion(PLACE, "1", 0, opened_at - timedelta(hours=4), "…", (TOPIC,)),),
        votes=tuple(Vote(member, stage.name, (0,), opened_at) for stage in stages for member in (1, 2)),
    )


def _person(number: int, now: datetime) -> Person:
    before = now - timedelta(days=20)
    leads = tuple(Lead(kind, "…", before) for kind in ("question", "thread", "answer"))
    told = Person(number, "…", (PLACE,), quiet_since=before, leads=leads, topics={TOPIC: 1})
    return replace(told, answered=number, helped=number, started=number, voices=number)


def _agreed(written: Ritual, said: Sequence[Draft], facts: Facts) -> Facts:
    """The facts once each member has pressed the button that agrees to what they were asked."""
    for draft in said:
        for button in draft.buttons:
            if draft.member_id is None or button.style != "good":
                continue
            verb, _, stage, *arg = [*button.key.split("-"), ""]
            heard = Heard(draft.member_id, "", facts.now, "press", verb=verb, arg=arg[0] if arg else "")
            facts = _after(KINDS[written.kind].hear(written.model, stage, heard, facts), facts)
    return facts


def _after(effects: Sequence[Effect], facts: Facts) -> Facts:
    """The facts once a stage has chosen its people and kept its notes."""
    parts = {(part.member_id, part.role): part for part in facts.parts}
    names = {person.member_id: person.first_name for person in facts.people}
    notes = dict(facts.run)
    for effect in effects:
        if isinstance(effect, Play):
            key = effect.member_id, effect.role
            known = {**parts[key].facts, **effect.facts} if key in parts else effect.facts
            parts[key] = Part(*key, effect.state, facts.now, known, names.get(effect.member_id, ""))
        elif isinstance(effect, Note):
            notes.update(effect.facts)
    return replace(facts, parts=tuple(parts.values()), run=notes)
