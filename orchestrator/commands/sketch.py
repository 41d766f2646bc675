"""The next run of a ritual as it would be sent, with imagined answers: pure, offline, nothing kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

import adapters
from orchestrator.errors import Refused
from orchestrator.flow import moments
from orchestrator.playbook import imagined
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.ports import Address, Call, Poll, Post
from orchestrator.render import Renderer
from orchestrator.rituals.contract import Answered, Facts, PlaceFacts, Stage, Vote
from orchestrator.rituals.kinds import KINDS
from orchestrator.rituals.prompt import choose
from orchestrator.rules.pace import wait_out
from orchestrator.rules.schedule import Occurrence
from orchestrator.rules.zone import read_zone
from orchestrator.store.runs import digest16

#: What members might have answered, so that a recap has something to show: (first name or None, text).
ANSWERS = {
    "fr": (
        (
            "Léa",
            "J’ai fini par dire non à un client qui pesait un tiers du chiffre. Deux mois serrés, puis on a respiré.",
        ),
        ("Karim", "Je l’ai fait trop tard, et l’équipe l’avait vu avant moi."),
        (None, "Rien de spectaculaire : j’ai écrit la règle, et j’ai arrêté d’en débattre chaque lundi."),
        ("Maud", "Pas encore. Je regarde comment font les autres."),
    ),
    "en": (
        ("Priya", "I said no to a client who was a third of our revenue. Two tight months, then we could breathe."),
        ("Tom", "I did it too late, and the team had seen it before I did."),
        (None, "Nothing grand: I wrote the rule down and stopped arguing about it every Monday."),
        ("Aoife", "Not yet. I am here to read how others did it."),
    ),
}
ACTIVE = 23  # imagined active members
VOTES = (0, 1, 0, 2, 0, 1, 0, 3, 0)  # which option each of some imagined voters chooses, as far as there are so many


@dataclass(frozen=True, slots=True)
class Where:
    """A place as the playbook writes it. `number` is the one it gets in an empty database."""

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
    """A stage and what is said at it, which may be nothing."""

    stage: Stage
    messages: list[Message]


def scenes(playbook: Playbook, ritual: Ritual, render: Renderer, now: datetime) -> list[Scene]:
    """The stages of the ritual's next run after `now` in every place. Raises Refused for a broken template."""
    return list(_Sketch(playbook, ritual, render, now).scenes())


class _Sketch:
    def __init__(self, playbook: Playbook, ritual: Ritual, render: Renderer, now: datetime) -> None:
        self.playbook, self.ritual, self.render = playbook, ritual, render
        # A happening has no moment of its own: it happens now, to the first member.
        self.due = moments.following(playbook, ritual, now) or Occurrence(f"{moments.JOINED}1", now)
        self.path = f"{playbook.community}/{playbook.playbook}/{ritual.name}|{self.due.local}"
        self.code = digest16(self.path)
        self.places = places_of(playbook, ritual)
        self.question = self._draw()

    def scenes(self) -> Iterator[Scene]:
        at_once = self.due.at if moments.happenings(self.ritual) else None
        for stage in moments.stages(self.ritual, self.due.at, asked_at=at_once):
            yield self._as_posted(Scene(stage, list(self._messages(stage))))

    def _as_posted(self, scene: Scene) -> Scene:
        """A scene that falls into quiet hours at their end, or with nothing said where that is too late."""
        stage, zone = scene.stage, read_zone(self.playbook.timezone)
        if not scene.messages or stage.closes or stage.at == self.due.at:
            return scene
        stages = KINDS[self.ritual.kind].stages(self.ritual.model, self.due.at)
        last = imagined.last_moment(self.ritual, stages, self.due.at, stage.name)
        stays = last or stage.at + moments.LATER_POSTS_KEEP
        verdict = wait_out(stage.at, zone, self.playbook.pace.quiet_hours, stays)
        if verdict.wait_until is not None:
            return Scene(replace(stage, at=verdict.wait_until), scene.messages)
        return scene if verdict.go else Scene(stage, [])

    def _messages(self, stage: Stage) -> Iterator[Message]:
        by_number = {where.number: where for where in self.places}
        for draft in KINDS[self.ritual.kind].say(self.ritual.model, stage.name, self._facts(stage)):
            if draft.place_id is None:
                continue
            where = by_number[draft.place_id]
            post = self.render.act(draft, self.playbook, self.ritual, self.code)
            if not isinstance(post, Post | Poll):
                continue
            if draft.under is not None:
                post = msgspec.structs.replace(post, under=self._ref(where))
            key = digest16(f"{self.path}|{stage.name}|place:{where.number}")
            calls = adapters.part(where.platform, "outbound").calls(where.address, post, key)
            yield Message(where, draft.template, post, calls)

    def _facts(self, stage: Stage) -> Facts:
        asked = stage.at > self.due.at
        return Facts(
            now=max(self.due.at, stage.at) if stage.name != moments.APPROVAL else self.due.at,
            due_at=self.due.at,
            places=tuple(self._place(where) for where in self.places),
            question=self.question,
            opened_at=self.due.at if asked else None,
            # A reminder is only sent while few have answered.
            answers=self._answers() if asked and stage.name != "reminder" else (),
            votes=self._votes() if asked else (),
            active=ACTIVE,
        )

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
        told = enumerate(ANSWERS[self.playbook.language])
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

    def _votes(self) -> tuple[Vote, ...]:
        ballot = getattr(KINDS[self.ritual.kind], "ballot", None)
        if ballot is None or not self.places:
            return ()
        stage, options = ballot(self.ritual.model)
        chosen = [option for option in VOTES if option < len(options)]
        return tuple(Vote(number, stage, (option,), self.due.at) for number, option in enumerate(chosen))

    def _draw(self) -> dict[str, str] | None:
        questions = getattr(self.ritual.model, "questions", None)
        if not questions:
            return None
        chosen = choose(questions, [], self.ritual.model.order, self.code)
        return {"id": chosen.id, "text": chosen.text}


def places_of(playbook: Playbook, ritual: Ritual) -> list[Where]:
    """The places of a ritual's spaces, in the order written."""
    every = [(space, *place) for space, places in playbook.spaces.items() for place in places.items()]
    return [
        Where(number, connection, space, written, _address(connection, written))
        for number, (space, connection, written) in enumerate(every, start=1)
        if space in ritual.where
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
