"""The kind `shout_out`: members thanked by name, each for a reason, once a host agreed; a badge for those who last."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from orchestrator.rituals.contract import (
    Ask,
    Draft,
    Effect,
    End,
    Facts,
    Give,
    Heard,
    Part,
    Person,
    PlaceFacts,
    Play,
    Result,
    Stage,
)
from orchestrator.rules.values import Duration, Text, Unreadable, counted, up_to

NAME = "shout_out"
APPROVED = True
NEEDS = frozenset({"people"})

PRAISED = "praised"
EVIDENCE = ("helped", "started", "voices", "answered")

#: What counts of each kind of evidence, and how far: much of one thing never outweighs a little of several.
WEIGHTS = {"helped": (3, 4), "started": (2, 3), "voices": (1, 6), "answered": (1, 4)}

Times = Annotated[
    int,
    BeforeValidator(counted("times?|fois", "3 times")),
    Field(ge=1, le=100),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["3 times", "3 fois"]}),
]


#: Praised so often, a member gets the badge.
AFTER = 3


class Model(BaseModel):
    """How many are thanked, for which stretch of time, and who gets a badge in the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    top: Annotated[int, Field(ge=1, le=10), BeforeValidator(up_to(10))] = 3
    over: Duration = timedelta(days=30)
    badge: Annotated[Text, Field(min_length=1, max_length=60)] | None = None
    badge_after: Times = AFTER

    @model_validator(mode="after")
    def _badge_to_give(self) -> Model:
        if self.badge_after != AFTER and self.badge is None:  # a stored playbook names the default too
            raise Unreadable("`badge_after` needs the badge that is given", "add badge: ambassadeur")
        return self


def stages(model: Model, when: datetime) -> list[Stage]:
    """post → badge, right after: nobody has a badge for a praise that a host took out."""
    return [Stage("post", when), Stage("badge", when, closes=True)]


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """Propose members with their evidence, or whoever just earned a badge; once praised, note it and give badges."""
    if stage == "badge":
        return _praised(model, facts)
    people = (facts.subject,) if "badge" in facts.run else facts.people
    able = [one for one in people if one is not None and _may(one, facts)]
    able.sort(key=lambda one: (-score(one), _times(one), one.member_id))
    proposed = [Play(one.member_id, PRAISED, "proposed", _evidence(one)) for one in able[: model.top]]
    return list(proposed) or [End("nobody did anything that we can see a reason to thank for")]


def _may(person: Person, facts: Facts) -> bool:
    """They do not mind, there is a reason, and a post of the run can name them where they are."""
    here = {place.place_id for place in facts.places}
    there = not person.places or bool(here & set(person.places))
    return person.praise and bool(person.first_name) and score(person) > 0 and there


def score(person: Person) -> int:
    """The weight of a member's evidence: capped for each kind, so that sheer volume is worth nothing."""
    return sum(weight * min(getattr(person, name), most) for name, (weight, most) in WEIGHTS.items())


def _times(person: Person) -> int:
    """How often they were praised before."""
    return sum(part.role == PRAISED and part.state == "praised" for part in person.earlier)


def _evidence(person: Person) -> dict[str, Any]:
    told = {name: getattr(person, name) for name in EVIDENCE}
    return {**told, "member": person.first_name, "places": list(person.places), "times": _times(person)}


def _praised(model: Model, facts: Facts) -> list[Effect]:
    parts = _standing(facts)
    noted: list[Effect] = [Play(part.member_id, PRAISED, "praised") for part in parts]
    earned = tuple(part.member_id for part in parts if part.facts.get("times", 0) + 1 >= model.badge_after)
    return [*noted, Give(model.badge, earned)] if model.badge and earned else noted


def _standing(facts: Facts) -> list[Part]:
    """Those whom no host took out."""
    return [part for part in facts.parts if part.role == PRAISED and part.state in ("proposed", "praised")]


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """One post a place, about those who are there."""
    if stage != "post":
        return []
    drafts = ((place, [part for part in _standing(facts) if _is_in(part, place)]) for place in facts.places)
    return [_thanks(model, place, parts) for place, parts in drafts if parts]


def _is_in(part: Part, place: PlaceFacts) -> bool:
    places = part.facts.get("places") or []
    return not places or place.place_id in places


def _thanks(model: Model, place: PlaceFacts, parts: list[Part]) -> Draft:
    people = [
        {
            "name": part.facts.get("member") or part.first_name,
            **{name: part.facts.get(name, 0) for name in EVIDENCE},
            "earns": bool(model.badge) and part.facts.get("times", 0) + 1 == model.badge_after,
        }
        for part in parts
    ]
    values = {"people": people, "badge": model.badge or "", "space": place.space}
    return Draft("shout_out/post", place.place_id, values, opening=True)


def asks(model: Model, facts: Facts) -> list[Ask]:
    """Thanks ask nothing."""
    return []


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """What members say below is theirs."""
    return []


def result(model: Model, facts: Facts) -> Result:
    """How many were thanked, how many of them for the first time, and who declined since."""
    praised = [part for part in facts.parts if part.role == PRAISED and part.state == "praised"]
    first = sum(part.facts.get("times", 0) == 0 for part in praised)
    refused = sum(part.role == PRAISED and part.state == "refused" for part in facts.parts)
    more = {"thanked": len(praised), "for the first time": first, "taken out by a host": refused}
    return Result(counted=len(praised), of=model.top, unanswered=False, asks=False, more=more)
