"""The next run of a ritual as it would be sent, with imagined answers: pure, offline, nothing kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

import adapters
from orchestrator.commands import company
from orchestrator.errors import Refused
from orchestrator.flow import moments
from orchestrator.playbook import imagined
from orchestrator.playbook.ahead import coming
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.ports import Address, Call, Poll, Post
from orchestrator.render import Renderer
from orchestrator.rituals.contract import Answered, Draft, Facts, PlaceFacts, Stage, Vote
from orchestrator.rituals.kinds import KINDS
from orchestrator.rituals.prompt import choose
from orchestrator.rules.pace import wait_out
from orchestrator.rules.schedule import Occurrence
from orchestrator.rules.zone import read_zone
from orchestrator.store.runs import digest16


@dataclass(frozen=True, slots=True)
class Where:
    """A place as the playbook writes it, or one member's direct chat (`space` is "", `number` 0).

    `number` is the one it gets in an empty database.
    """

    number: int
    connection: str
    space: str
    written: str
    address: Address

    @property
    def platform(self) -> str:
        return self.connection  # connections bear their platform's name


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stage, with the calls that send it."""

    where: Where
    template: str
    post: Post | Poll
    calls: list[Call]


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage and what is said at it, which may be nothing; `ends_answers`: what members answer later is late."""

    stage: Stage
    messages: list[Message]
    ends_answers: bool = False


def scenes(playbook: Playbook, ritual: Ritual, render: Renderer, now: datetime) -> list[Scene]:
    """The stages of the ritual's next run after `now` in every place. Raises Refused for a broken template."""
    return list(_Sketch(playbook, ritual, render, now).scenes())


class _Sketch:
    def __init__(self, playbook: Playbook, ritual: Ritual, render: Renderer, now: datetime) -> None:
        self.playbook, self.ritual, self.render = playbook, ritual, render
        self.due = _next(playbook, ritual, now)
        self.path = f"{playbook.community}/{playbook.playbook}/{ritual.name}|{self.due.local}"
        self.code = digest16(self.path)
        self.places = places_of(playbook, ritual.where)
        self.question = self._draw()
        self.facts = self._first()

    def scenes(self) -> Iterator[Scene]:
        at_once = self.due.at if moments.happenings(self.ritual) else None
        for stage in moments.stages(self.ritual, self.due.at, asked_at=at_once):
            said = list(self._messages(stage))
            asks = stage.closes and KINDS[self.ritual.kind].asks(self.ritual.model, self.facts)
            yield self._as_posted(Scene(stage, said, bool(asks)))

    def _as_posted(self, scene: Scene) -> Scene:
        """A scene that falls into quiet hours at their end, or with nothing said where that is too late."""
        stage, zone = scene.stage, read_zone(self.playbook.timezone)
        if not scene.messages or stage.closes or stage.at == self.due.at:
            return scene
        last = imagined.last_moment(self.ritual, self._stages(), self.due.at, stage.name)
        stays = last or stage.at + moments.LATER_POSTS_KEEP
        verdict = wait_out(stage.at, zone, self.playbook.pace.quiet_hours, stays)
        if verdict.wait_until is not None:
            return Scene(replace(stage, at=verdict.wait_until), scene.messages)
        return scene if verdict.go else Scene(stage, [])

    def _messages(self, stage: Stage) -> Iterator[Message]:
        if stage.name == moments.APPROVAL:
            return
        self.facts = self._at(stage)
        said, self.facts = imagined.held(self.ritual, stage.name, self.facts)
        votes = company.pressed(KINDS[self.ritual.kind], self.ritual.model, said, self.facts)
        written_to = {*self.facts.written_to, *(draft.member_id for draft in said if draft.member_id is not None)}
        self.facts = replace(self.facts, votes=(*self.facts.votes, *votes), written_to=frozenset(written_to))
        shown: set[tuple[str, str]] = set()
        for draft in said:
            for where in self._wheres(draft):
                message = self._message(stage, draft, where)
                told = (where.connection, _unnamed(draft))
                if message is not None and (where.space or told not in shown):  # like messages to members: one of them
                    yield message
                shown.add(told)

    def _wheres(self, draft: Draft) -> list[Where]:
        """Where a draft goes: a place, the hosts' space, or a member on each of the ritual's platforms."""
        if draft.place_id is not None:
            return [where for where in self.places if where.number == draft.place_id]
        if draft.hosts:
            hosts = self.playbook.hosts
            return places_of(self.playbook, [hosts.space] if hosts and hosts.space else [])
        connections = dict.fromkeys(where.connection for where in self.places or self._members_places())
        return [Where(0, one, "", "", company.DIRECT[one]) for one in connections]

    def _members_places(self) -> list[Where]:
        """Every place, those of the hosts' own space last: members may have no other."""
        hosts = self.playbook.hosts.space if self.playbook.hosts else None
        return places_of(self.playbook, sorted(self.playbook.spaces, key=lambda space: space == hosts))

    def _message(self, stage: Stage, draft: Draft, where: Where) -> Message | None:
        post = self.render.act(draft, self.playbook, self.ritual, self.code)
        if not isinstance(post, Post | Poll):
            return None
        if draft.under is not None:
            post = msgspec.structs.replace(post, under=self._ref(where))
        key = digest16(f"{self.path}|{stage.name}|place:{where.number}")
        calls = adapters.part(where.platform, "outbound").calls(where.address, post, key)
        return Message(where, draft.template, post, calls)

    def _first(self) -> Facts:
        """What is known before anything is said."""
        language, first = self.playbook.language, self._stages()[0].at
        topic = next(iter(self.playbook.topics), "…")
        space = next((where.space for where in self.places or self._members_places()), "")
        found = company.people(language, tuple(where.number for where in self.places), space, first, topic)
        place = next((where.number for where in self.places), 0)
        return Facts(
            now=first,
            due_at=self.due.at,
            places=tuple(self._place(where) for where in self.places),
            question=self.question,
            active=company.ACTIVE,
            people=found,
            subject=found[0],
            questions=(company.open_question(language, place, first, topic),),
        )

    def _at(self, stage: Stage) -> Facts:
        """What is known at a stage, with what members have said and voted by then."""
        first = self._stages()[0].at
        asked, since = stage.at > first, stage.at > self.due.at
        ballot = getattr(KINDS[self.ritual.kind], "ballot", None)
        return replace(
            self.facts,
            now=stage.at,
            opened_at=first if asked else None,
            # A reminder is only sent while few have answered.
            answers=self._answers() if since and stage.name != "reminder" else (),
            votes=self._votes(ballot) if asked and ballot else self.facts.votes,
        )

    def _stages(self) -> list[Stage]:
        return KINDS[self.ritual.kind].stages(self.ritual.model, self.due.at)

    def _place(self, where: Where) -> PlaceFacts:
        can = adapters.part(where.platform, "outbound").CAPABILITIES
        pattern, link = can.post_link, None
        if pattern and where.written.startswith("https://"):
            number = self._ref(where).replace(".", "")
            link = pattern.format(place=where.written.rstrip("/"), number=number)
        # What is no group is known once it is applied; most are.
        return PlaceFacts(where.number, where.platform, link, where.space, polls=can.native_polls)

    def _ref(self, where: Where) -> str:
        """The reference that the first post might get: nobody knows it before it is sent."""
        return f"{self.due.at.timestamp():.6f}" if where.platform == "slack" else "1"

    def _answers(self) -> tuple[Answered, ...]:
        told = enumerate(company.ANSWERS[self.playbook.language])
        if not self.places:
            return ()
        return tuple(
            Answered(
                member_id=number,
                text=text,
                said_at=self.due.at + timedelta(minutes=7 * number),
                place_id=(where := self.places[number % len(self.places)]).number,
                platform=where.platform,
                first_name=name,
            )
            for number, (name, text) in told
        )

    def _votes(self, ballot: Callable[[Any], tuple[str, list[str]]]) -> tuple[Vote, ...]:
        if not self.places:
            return ()
        stage, options = ballot(self.ritual.model)
        chosen = [option for option in company.VOTES if option < len(options)]
        return tuple(Vote(number, stage, (option,), self.due.at) for number, option in enumerate(chosen))

    def _draw(self) -> dict[str, str] | None:
        questions = getattr(self.ritual.model, "questions", None)
        if not questions:
            return None
        chosen = choose(questions, [], self.ritual.model.order, self.code)
        return {"id": chosen.id, "text": chosen.text}


def _next(playbook: Playbook, ritual: Ritual, now: datetime) -> Occurrence:
    """The first run that members will see: none on a holiday that is skipped, while others come."""
    seen = next((one for one in coming(playbook, ritual, now) if one.at > now), None)
    # A happening has no moment of its own: it happens now, to the first member.
    return seen or moments.following(playbook, ritual, now) or Occurrence(f"{moments.JOINED}1", now)


def _unnamed(draft: Draft) -> str:
    """What a message to a member says, whoever it is."""
    return f"{draft.template} { ({**draft.values, 'member': ''}) }"


def places_of(playbook: Playbook, spaces: Sequence[str]) -> list[Where]:
    """The places of these spaces, in the order written."""
    every = [(space, *place) for space, places in playbook.spaces.items() for place in places.items()]
    return [
        Where(number, connection, space, written, _address(connection, written))
        for number, (space, connection, written) in enumerate(every, start=1)
        if space in spaces
    ]


def _address(platform: str, written: str) -> Address:
    """The address as far as what is written tells it: `apply` finds the id behind a name."""
    if platform == "telegram":
        wanted: Any = adapters.part(platform, "places").wanted(written)
        return Address(place_ref=str(wanted.chat), topic_ref=wanted.number)
    link = adapters.part(platform, "directory").LINK.fullmatch(written.strip())
    return Address(place_ref=link[1] if link else written.strip())


def ritual_of(playbook: Playbook, name: str) -> Ritual:
    """The ritual of that name. Raises Refused with the nearest names."""
    from orchestrator.rules.values import nearest

    if name in playbook.rituals:
        return playbook.rituals[name]
    near = nearest(name, playbook.rituals)
    mend = f"did you mean {near}?" if near else f"name one of: {', '.join(playbook.rituals)}"
    raise Refused(f'there is no ritual "{name}" in {playbook.playbook}', mend)


def on_platform(found: Sequence[Scene], platform: str | None) -> list[Scene]:
    """The scenes with only the messages of one platform. Raises Refused where the ritual is not held on it."""
    if platform is None:
        return list(found)
    held_on = {message.where.platform for scene in found for message in scene.messages}
    if platform not in held_on:
        raise Refused(f"this ritual is not held on {platform}", f"name one of: {', '.join(sorted(held_on))}")
    return [Scene(one.stage, [m for m in one.messages if m.where.platform == platform]) for one in found]
