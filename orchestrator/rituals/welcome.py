"""The kind `welcome`: a greeting for whoever joins, the charter to accept, one easy question, and a buddy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from orchestrator.rituals import prompt
from orchestrator.rituals.contract import (
    Ask,
    ButtonDraft,
    Draft,
    Effect,
    Facts,
    Heard,
    Part,
    Person,
    Play,
    Redo,
    Result,
    Stage,
    Tell,
    Written,
)
from orchestrator.rules.values import Text

NAME = "welcome"
NEEDS = frozenset({"people"})
BEGINS = ("member joins",)

NEWCOMER, BUDDY = "newcomer", "buddy"
LOOK_AFTER = timedelta(days=7)
#: A join may be told so late: Telegram keeps for 24 hours what it could not deliver.
TOLD_LATE = timedelta(days=1)
BUDDY_RESTS = timedelta(days=7)  # between two newcomers of one buddy
ACCEPT = ButtonDraft("accept charter", "accept-{run}-greet", style="good")


class Model(BaseModel):
    """What a newcomer reads beside the greeting: each part is left out where it is not written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    charter: Text | None = None
    question: Text | None = None
    buddy: Text | None = None  # a segment

    @property
    def who(self) -> dict[str, str]:
        """The segment that buddies come from, with the key that names it."""
        return {self.buddy: "buddy"} if self.buddy else {}

    @property
    def version(self) -> str:
        """Which wording of the charter is accepted: changed, it is another one."""
        return hashlib.sha256((self.charter or "").encode()).hexdigest()[:12]


def stages(model: Model, when: datetime) -> list[Stage]:
    """greet → look, seven days later."""
    return [Stage("greet", when, opens=True), Stage("look", when + LOOK_AFTER, closes=True)]


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """Note the newcomer and find a buddy; a week later, see whether they spoke."""
    newcomer = facts.subject
    if stage == "look":
        return [Play(part.member_id, NEWCOMER, part.state, _spoke(part, facts)) for part in _those(facts, NEWCOMER)]
    if newcomer is None or facts.part(newcomer.member_id, NEWCOMER) is not None:
        return []
    found: list[Effect] = [Play(newcomer.member_id, NEWCOMER, "greeted", {"first_name": newcomer.first_name})]
    if model.buddy and (buddy := _buddy(newcomer, facts)):
        found.append(Play(buddy.member_id, BUDDY, "asked", {"first_name": buddy.first_name}))
    return found


def _buddy(newcomer: Person, facts: Facts) -> Person | None:
    """Of those who can be written to, in the same place, not asked this week: who was asked least."""
    able = [person for person in facts.people if _may(person, newcomer, facts)]
    return min(able, key=lambda one: (_times(one), _chance(one, newcomer)), default=None)


def _may(person: Person, newcomer: Person, facts: Facts) -> bool:
    last = max((part.at for part in person.earlier if part.role == BUDDY), default=None)
    rested = last is None or facts.now - last >= BUDDY_RESTS
    shared = facts.run.get("place_id") in person.places or not person.places
    return person.reachable and rested and shared and person.member_id != newcomer.member_id


def _times(person: Person) -> int:
    return sum(part.role == BUDDY for part in person.earlier)


def _chance(person: Person, newcomer: Person) -> str:
    return hashlib.sha256(f"{person.member_id}|{newcomer.member_id}".encode()).hexdigest()


def _spoke(part: Part, facts: Facts) -> dict[str, Any]:
    """Since they joined: what they said before, in another space or long ago, is no first word here."""
    return {"spoke": part.active_at is not None and part.active_at > facts.due_at - TOLD_LATE}


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """The greeting, directly where we can write to them, else in the place that they joined; a word to the buddy."""
    if stage != "greet" or facts.subject is None:
        return []
    return [_greeting(model, facts, facts.subject), *_word_to_buddy(facts, facts.subject)]


def _greeting(model: Model, facts: Facts, newcomer: Person) -> Draft:
    part = facts.part(newcomer.member_id, NEWCOMER)
    accepted = part is not None and part.state == "accepted"
    buddy = next((one.first_name for one in _those(facts, BUDDY)), "")
    values = {
        "member": newcomer.first_name,
        "charter": Written(model.charter) if model.charter else "",
        "accepted": accepted,
        "question": Written(model.question) if model.question else "",
        "buddy": buddy,
        "space": _space(facts),
    }
    buttons = (ACCEPT,) if model.charter and not accepted else ()
    if newcomer.reachable:
        expects = bool(model.question)
        return Draft("welcome/direct", None, values, buttons, member_id=newcomer.member_id, expects=expects)
    return Draft("welcome/post", _place(facts), values, buttons, opening=True)


def _word_to_buddy(facts: Facts, newcomer: Person) -> Iterator[Draft]:
    for buddy in _those(facts, BUDDY):
        values = {"member": buddy.first_name, "newcomer": newcomer.first_name, "space": _space(facts)}
        yield Draft("welcome/buddy", None, values, member_id=buddy.member_id)


def _place(facts: Facts) -> int:
    """Where they joined; the run's first place, should that one be gone."""
    joined = facts.run.get("place_id")
    here = [place.place_id for place in facts.places]
    return joined if joined in here else here[0]


def _space(facts: Facts) -> str:
    return next((place.space for place in facts.places if place.place_id == facts.run.get("place_id")), "")


def _those(facts: Facts, role: str) -> list[Part]:
    return [part for part in facts.parts if part.role == role]


def asks(model: Model, facts: Facts) -> list[Ask]:
    """The easy question, open for a week."""
    if not model.question:
        return []
    opens_at = facts.opened_at or facts.due_at
    return [Ask("greet", model.question, opens_at, facts.closes_at or opens_at + LOOK_AFTER)]


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """The newcomer accepts the charter or answers; what others say below the greeting is talk."""
    if heard.member_id != facts.run.get("member_id"):
        return [Tell("welcome/not_yours")] if heard.by == "press" else []
    if heard.by == "press" and heard.verb == "accept":
        told = {"charter": model.version, "accepted_at": heard.at.isoformat()}
        return [Play(heard.member_id, NEWCOMER, "accepted", told), Redo("greet"), Tell("welcome/accepted")]
    return prompt.take(heard, facts.closes_at) if model.question and heard.by != "press" else []


def result(model: Model, facts: Facts) -> Result:
    """A first contribution within seven days, of one newcomer; a silent one is no reason to greet nobody any more."""
    newcomers = _those(facts, NEWCOMER)
    spoke = sum(bool(part.facts.get("spoke")) for part in newcomers)
    more = {"spoke within 7 days": spoke > 0}
    if model.charter:
        more["accepted the charter"] = any(part.state == "accepted" for part in newcomers)
    return Result(counted=spoke, of=len(newcomers), unanswered=False, asks=False, more=more)
