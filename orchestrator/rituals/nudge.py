"""The kind `nudge`: a word to quiet members, each with a reason of their own, and an honest look at what it did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from orchestrator.rituals.contract import (
    Ask,
    ButtonDraft,
    Draft,
    Effect,
    End,
    Facts,
    Heard,
    Lead,
    Opt,
    Part,
    Person,
    Play,
    Result,
    Stage,
    Tell,
    Written,
)
from orchestrator.rituals.excerpt import CUT, excerpt
from orchestrator.rules.difference import difference
from orchestrator.rules.values import Percent, Unreadable, as_list, choice, up_to

NAME = "nudge"
DIRECT = True
APPROVED = True
NEEDS = frozenset({"people", "leads", "results"})

NUDGED, CONTROL = "nudged", "control"
LOOK_AFTER = timedelta(days=7)
NOT_NOW = timedelta(days=30)  # "not now" means not this month
GROUP_LASTS = 90  # days that a member stays in or out of the control group
QUOTED = 120  # characters of the question or topic that a nudge quotes

About = Annotated[
    Literal["question", "thread", "answer"],
    choice(
        {
            "question": "questions they could answer|questions auxquelles ils peuvent répondre|leurs questions",
            "thread": "threads they were in|threads|les fils où ils étaient|leurs fils",
            "answer": "answers they received|answers|les réponses qu'ils ont reçues|leurs réponses",
        }
    ),
]

_IN_WORDS = WithJsonSchema({"type": ["string", "array"], "examples": ["questions they could answer"]})

LATER, STOP = ButtonDraft("not now", "later-{run}-post"), ButtonDraft("nudge stop", "stop-{run}-post")


class Model(BaseModel):
    """What a nudge may be about, how many get one, and how many are left alone to compare."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: Annotated[list[About], BeforeValidator(as_list), _IN_WORDS] = ["answer", "thread", "question"]
    control_group: Percent = 0.10
    #: Members in one run: a host reads every one of them.
    at_most: Annotated[int, Field(ge=1, le=20), BeforeValidator(up_to(20))] = 5

    @field_validator("about")
    @classmethod
    def _something(cls, about: list[About]) -> list[About]:
        if not about:
            raise Unreadable("a nudge needs a reason", "write about: questions they could answer")
        return about


def stages(model: Model, when: datetime) -> list[Stage]:
    """post → look, seven days later."""
    return [Stage("post", when, opens=True), Stage("look", when + LOOK_AFTER, closes=True)]


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """Choose whom to write to and whom to leave alone; a week later, see who is back."""
    if stage == "look":
        return [Play(part.member_id, part.role, _look(part, facts)) for part in facts.parts]
    chosen = list(_choose(model, facts))
    if not any(play.role == NUDGED for play in chosen):
        return [End("no quiet member had a reason of their own to be written to")]
    return list(chosen)


def _choose(model: Model, facts: Facts) -> Iterator[Play]:
    """Those with the freshest reasons first; who belongs to the control group is noted, not written to.

    Once `at_most` are found the others are neither: only whoever would have been written to can be compared.
    """
    able = [(person, lead) for person in facts.people if _may(person, facts) and (lead := _lead(model, person))]
    able.sort(key=lambda pair: (-pair[1].at.timestamp(), pair[0].member_id))
    room = model.at_most
    for person, lead in able:
        if room == 0:
            return
        if in_control(facts.ritual_id, person.member_id, facts.due_at, model.control_group):
            yield Play(person.member_id, CONTROL, "left alone")
        else:
            room -= 1
            told = {"kind": lead.kind, "text": lead.text, "link": lead.link, "space": lead.space, "others": lead.others}
            passed_on = {"asker_id": lead.asker_id} if lead.asker_id is not None else {}
            yield Play(person.member_id, NUDGED, "chosen", {**told, **passed_on, "first_name": person.first_name})


def _may(person: Person, facts: Facts) -> bool:
    """Reach, consent and pace; and nobody twice without a word of theirs between, in either group."""
    if not (person.reachable and person.budget):
        return False
    if person.nudges_from is not None and person.nudges_from > facts.now:
        return False
    last = max((at for part in person.earlier if (at := _nudged_at(part)) is not None), default=None)
    return last is None or (person.quiet_since is not None and person.quiet_since > last)


def _nudged_at(part: Part) -> datetime | None:
    """When a word of an earlier run reached them, or they were left alone while others were written to."""
    return part.written_at if part.role == NUDGED else part.opened_at if part.role == CONTROL else None


def _lead(model: Model, person: Person) -> Lead | None:
    """The reason to give them: in the order of `about`, the freshest of its kind."""
    for kind in model.about:
        if lead := next((one for one in person.leads if one.kind == kind), None):
            return lead
    return None


def in_control(ritual_id: int, member_id: int, at: datetime, share: float) -> bool:
    """Is this member left alone? By a digest of ritual and member, which changes every 90 days."""
    season = at.toordinal() // GROUP_LASTS
    digest = hashlib.sha256(f"{ritual_id}|{member_id}|{season}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """A word to each chosen member; a week later, to the hosts, what it did."""
    if stage == "look":
        return [Draft("nudge/look", values=_in_points(_numbers(facts)), hosts=True)]
    chosen = [part for part in facts.parts if part.role == NUDGED and part.state == "chosen"]
    return [_word(part) for part in chosen]


def _word(part: Part) -> Draft:
    values = {
        "member": part.facts.get("first_name") or part.first_name,
        "reason": part.facts["kind"],
        "about": _quoted(part.facts["kind"], str(part.facts["text"])),
        "link": part.facts.get("link"),
        "space": part.facts.get("space", ""),
        "others": part.facts.get("others", 0),
    }
    return Draft("nudge/direct", values=values, buttons=(LATER, STOP), member_id=part.member_id, unasked=True)


def _quoted(kind: str, text: str) -> str:
    """What a nudge quotes: a member's own words as they are, a question of ours as it was asked.

    Ours is a manager's text, which is rendered: one with variables is quoted whole or not at all.
    """
    short = excerpt(text, QUOTED)
    if kind != "thread":
        return short
    return "" if "{" in text and short.endswith(CUT) else Written(short)


def asks(model: Model, facts: Facts) -> list[Ask]:
    """A nudge asks nothing of its own: what the member says, they say where they go back to."""
    return []


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """A press of "not now" puts us off for a month; "stop" is for good."""
    if heard.by != "press" or facts.part(heard.member_id, NUDGED) is None:
        return []
    if heard.verb == "later":
        until = heard.at + NOT_NOW
        told = {"until": until}
        return [Play(heard.member_id, NUDGED, "not now"), Opt("nudges", until), Tell("nudge/later", told)]
    if heard.verb == "stop":
        return [Play(heard.member_id, NUDGED, "stopped"), Opt("all"), Tell("nudge/stopped")]
    return []


def _look(part: Part, facts: Facts) -> str:
    """What became of a member since the first word left: who was left alone is measured from then too."""
    since = facts.opened_at or facts.due_at
    if part.active_at is not None and part.active_at > since:
        return "returned"
    return "not yet" if part.state in ("chosen", "left alone") else part.state


def result(model: Model, facts: Facts) -> Result:
    """How many came back of those nudged, beside those left alone; the difference over all runs of the last year."""
    told = _numbers(facts)
    more = {
        "nudged": told["nudged"],
        "came back": told["back"],
        "left alone": told["alone"],
        "came back by themselves": told["by_themselves"],
        "difference": told["difference"],
        "low": told["low"],
        "high": told["high"],
        "note": told["note"],
        "runs": told["runs"],
    }
    heard = told["back"] + told["later"] + told["stopped"]
    return Result(counted=told["back"], of=told["nudged"], unanswered=heard == 0, more=more)


def _numbers(facts: Facts) -> dict[str, Any]:
    """Only those whom our word reached count as nudged."""
    nudged = [part for part in facts.parts if part.role == NUDGED and part.member_id in facts.written_to]
    alone = [part for part in facts.parts if part.role == CONTROL]
    back, by_themselves = _count(nudged, "returned"), _count(alone, "returned")
    found = difference(*_pooled(facts, (back, len(nudged), by_themselves, len(alone))))
    return {
        "nudged": len(nudged),
        "back": back,
        "later": _count(nudged, "not now"),
        "stopped": _count(nudged, "stopped"),
        "alone": len(alone),
        "by_themselves": by_themselves,
        "difference": None if found is None else round(found.value, 3),
        "low": None if found is None else round(found.low, 3),
        "high": None if found is None else round(found.high, 3),
        "note": "too few to say" if found is None else "clear" if found.is_clear else "no clear difference",
        "runs": 1 + len(facts.before),
    }


def _pooled(facts: Facts, now: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The counts of this run and of those before it: one run of five would be too few to say for ever."""
    names = ("came back", "nudged", "came back by themselves", "left alone")
    earlier = [one.get("more", {}) for one in facts.before]
    back, nudged, by_themselves, alone = (sum(one.get(name, 0) for one in earlier) for name in names)
    return back + now[0], nudged + now[1], by_themselves + now[2], alone + now[3]


def _in_points(told: dict[str, Any]) -> dict[str, Any]:
    """Differences in whole points of a hundred, as people read them."""
    points = {name: round(told[name] * 100) for name in ("difference", "low", "high") if told[name] is not None}
    return {**told, **points}


def _count(parts: list[Part], state: str) -> int:
    return sum(part.state == state for part in parts)
