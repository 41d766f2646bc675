"""The kind `relaunch`: a question that nobody answered, or a quiet space, is put to two who know, then to a host."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from orchestrator.rituals.contract import (
    Ask,
    ButtonDraft,
    Draft,
    Effect,
    End,
    Facts,
    Heard,
    Note,
    OpenQuestion,
    Opt,
    Part,
    Person,
    Play,
    Result,
    Stage,
    Tell,
)
from orchestrator.rituals.excerpt import excerpt
from orchestrator.rules.values import up_to

NAME = "relaunch"
APPROVED = True
NEEDS = frozenset({"people", "questions"})
BEGINS = ("question unanswered", "space quiet")

EXPERT = "expert"
HOST_AFTER = timedelta(hours=24)
LOOK_AFTER = timedelta(hours=48)
QUOTED = 300  # characters of the question that those who know are shown
PASS, STOP = ButtonDraft("pass", "pass-{run}-ask"), ButtonDraft("nudge stop", "stop-{run}-ask")


class Model(BaseModel):
    """How many of those who know are asked before a host is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: Annotated[int, Field(ge=1, le=5), BeforeValidator(up_to(5))] = 2


def stages(model: Model, when: datetime) -> list[Stage]:
    """ask → host, a day later → look, two days after the first word."""
    return [
        Stage("ask", when, asks_approval=True, opens=True),
        Stage("host", when + HOST_AFTER),
        Stage("look", when + LOOK_AFTER, closes=True),
    ]


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """Find those who know; a question that was answered meanwhile needs nobody any more."""
    if stage != "ask" or facts.parts:
        return []
    question = _question(facts)
    if question is None:
        return [End("the question was answered meanwhile")] if _is_about_a_question(facts) else []
    asked = [_play(person, question) for person in _who_know(question, facts)[: model.ask]]
    about = {"about": [question.place_id, question.message_ref], "asker_id": question.member_id}
    return [Note({**about, "text": excerpt(question.text, QUOTED)}), *asked]


def _who_know(question: OpenQuestion, facts: Facts) -> list[Person]:
    """By the topics that they spoke of, then by how often their help was thanked."""
    able = [one for one in facts.people if _may(one, question, facts) and (_touches(one, question) or one.helped)]
    return sorted(able, key=lambda one: (-_touches(one, question), -one.helped, -one.voices, one.member_id))


def _may(person: Person, question: OpenQuestion, facts: Facts) -> bool:
    postponed = person.nudges_from is not None and person.nudges_from > facts.now
    there = question.place_id in person.places or not person.places
    return person.reachable and person.budget and there and not postponed and person.member_id != question.member_id


def _touches(person: Person, question: OpenQuestion) -> int:
    return sum(topic in person.topics for topic in question.topics)


def _play(person: Person, question: OpenQuestion) -> Play:
    topics = [topic for topic in question.topics if topic in person.topics]
    told = {"member": person.first_name, "topics": topics, "helped": person.helped}
    passed_on = {"text": question.text, "asker_id": question.member_id}
    return Play(person.member_id, EXPERT, "proposed", told | passed_on)


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """A word to each who knows; to the hosts where nobody does, or where nobody answered within a day."""
    question, asked = _question(facts), _experts(facts)
    if stage == "ask" and asked and question is not None:
        return [_word(part, question, facts) for part in asked]
    if stage == "host" and (not asked or _is_revived(facts) or _is_gone(facts)):
        return []
    if stage in ("ask", "host"):
        return [_to_hosts(question, asked, facts)]
    return []


def _word(part: Part, question: OpenQuestion, facts: Facts) -> Draft:
    values = {
        "member": part.facts.get("member") or part.first_name,
        "asker": question.first_name,
        "about": excerpt(question.text, QUOTED),
        "topics": list(part.facts.get("topics", [])),
        "helped": part.facts.get("helped", 0),
        "link": question.link,
        "space": _space(question, facts),
    }
    return Draft("relaunch/expert", None, values, (PASS, STOP), member_id=part.member_id, unasked=True)


def _to_hosts(question: OpenQuestion | None, asked: list[Part], facts: Facts) -> Draft:
    values: dict[str, Any] = {
        "about": excerpt(question.text, QUOTED) if question else "",
        "link": question.link if question else None,
        "space": _space(question, facts) if question else str(facts.run.get("space", "")),
        "asked": [part.first_name for part in asked if part.first_name],
    }
    return Draft("relaunch/host", None, values, hosts=True)


def _space(question: OpenQuestion, facts: Facts) -> str:
    return next((place.space for place in facts.places if place.place_id == question.place_id), "")


def _question(facts: Facts) -> OpenQuestion | None:
    """What it is about, while it is open: the question that began the run, or the one that a quiet space left."""
    return facts.questions[0] if facts.questions else None


def _is_about_a_question(facts: Facts) -> bool:
    return "message_ref" in facts.run


def _experts(facts: Facts) -> list[Part]:
    return [part for part in facts.parts if part.role == EXPERT and part.state != "refused"]


def _is_gone(facts: Facts) -> bool:
    """Was the question taken back: neither open nor answered any more?"""
    return _is_about_a_question(facts) and not facts.questions and facts.answered_at is None


def _is_revived(facts: Facts) -> bool:
    """Was the question answered; or, of a quiet space, did anybody speak there since?"""
    if _is_about_a_question(facts):
        return facts.answered_at is not None
    return facts.last_said_at is not None and facts.last_said_at > (facts.opened_at or facts.due_at)


def asks(model: Model, facts: Facts) -> list[Ask]:
    """The answer is given where the question stands, not to us."""
    return []


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """Whoever passes is thanked; "stop" is for good."""
    if heard.by != "press" or facts.part(heard.member_id, EXPERT) is None:
        return []
    if heard.verb == "pass":
        return [Play(heard.member_id, EXPERT, "passed"), Tell("relaunch/passed")]
    if heard.verb == "stop":
        return [Play(heard.member_id, EXPERT, "stopped"), Opt("all"), Tell("nudge/stopped")]
    return []


def result(model: Model, facts: Facts) -> Result:
    """Revived within 48 hours, or not."""
    revived, asked = _is_revived(facts), sum(part.member_id in facts.written_to for part in facts.parts)
    more = {"revived within 48 hours": revived, "asked": asked}
    put = asked > 0 and not _is_gone(facts)  # what only hosts were told asked no member anything
    return Result(counted=int(revived), of=1, unanswered=not revived, asks=put, more=more)
