"""The kind `prompt`: a question to a space, answers until it closes, then a recap."""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from orchestrator.rituals import recap
from orchestrator.rituals.contract import (
    Acknowledge,
    Ask,
    ButtonDraft,
    Draft,
    Effect,
    Facts,
    Heard,
    Keep,
    Result,
    Stage,
    Written,
)
from orchestrator.rules.values import Duration, Flag, Texts, Unreadable, as_list, choice, quoted

NAME = "prompt"
HEARD_EMOJI = "🙏"  # thanks, whatever was told; on Telegram's list of reactions and in Slack's standard set
REMIND_BELOW = 3  # answers
REMIND_AT = 0.75  # of `open_for`
ANSWER = ButtonDraft("answer", "answer-{run}", "answer")

Order = Annotated[
    Literal["in turn", "by chance"],
    choice({"in turn": "à tour de rôle|dans l'ordre", "by chance": "au hasard"}),
]


class Question(BaseModel):
    """A question and the id under which a ritual remembers having asked it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    text: str


class Model(BaseModel):
    """`bank` or `ask`; `questions` is what the loader made of either."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank: str | None = None
    ask: Texts | None = None
    open_for: Duration = timedelta(days=2)
    remind: Flag = False
    recap: Flag = True
    order: Order = "in turn"
    questions: list[Question] = Field(default=[], json_schema_extra={"inlined": True})

    @model_validator(mode="before")
    @classmethod
    def _inline_ask(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("questions") or data.get("ask") is None:
            return data
        texts = [text for text in as_list(data["ask"]) if isinstance(text, str)]
        return {**data, "questions": [{"id": text_key(text), "text": text} for text in texts]}

    @field_validator("ask")
    @classmethod
    def _ask_something(cls, ask: list[str] | None) -> list[str] | None:
        if ask is not None and not (ask and all(map(text_words, ask))):
            raise Unreadable("`ask` holds no question", 'write at least one, in quotes: ask: ["What did you learn?"]')
        seen: dict[str, str] = {}
        for text in ask or []:
            if seen.setdefault(text_key(text), text) is not text:
                raise Unreadable(f"{quoted(text)} stands twice in `ask`", "take one of the two out")
        return ask

    @model_validator(mode="after")
    def _one_source(self) -> Model:
        if self.bank is None and self.ask is None:
            raise Unreadable("a prompt needs questions", "give it `bank: NAME` or `ask: [questions]`")
        if self.bank is not None and self.ask is not None:
            raise Unreadable("a prompt takes its questions from `bank` or from `ask`, not from both", "take one out")
        return self


@lru_cache(maxsize=4096)  # asked of every question of a bank, for every ritual that is read back
def text_words(text: str) -> str:
    """A question's words alone, whatever their case, spaces and punctuation."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


@lru_cache(maxsize=4096)  # asked of every question of a bank, for every run
def text_key(text: str) -> str:
    """The id of a question that has none: a digest of its words."""
    return "text-" + hashlib.sha256(text_words(text).encode()).hexdigest()[:16]


def choose(
    questions: Sequence[Question], asked: Sequence[str], order: Literal["in turn", "by chance"], seed: str | int
) -> Question:
    """The next question; `asked` holds the ids of those used, oldest first.

    Between two uses of a question every other one that was there has been used, whatever edits the
    bank saw. The same arguments give the same question.
    """
    last_used = {key: at for at, key in enumerate(asked)}
    used = [max(last_used.get(q.id, -1), last_used.get(text_key(q.text), -1)) for q in questions]
    fresh = [q for q, at in zip(questions, used, strict=True) if at < 0]
    if not fresh:
        return questions[used.index(min(used))]
    return random.Random(str(seed)).choice(fresh) if order == "by chance" else fresh[0]


def stages(model: Model, when: datetime) -> list[Stage]:
    """post → reminder? → close → recap?; `when` is the planned, or later the real, opening."""
    closes_at = when + model.open_for
    found = [Stage("post", when, opens=True)]
    if model.remind:
        found.append(Stage("reminder", when + model.open_for * REMIND_AT, waits=True))
    found.append(Stage("close", closes_at, closes=True))
    if model.recap:
        found.append(Stage("recap", closes_at))
    return found


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """The question, the one line that reminds of it while few answered, or the recap."""
    question = (facts.question or {}).get("text", "")
    if stage == "post":
        return ask(question, closing(model, facts), facts, opening=True)
    if stage == "reminder" and len(recap.counted(facts)) < REMIND_BELOW:
        values = {"question": Written(question), "closes_at": closing(model, facts)}
        values["answers"] = len(recap.counted(facts))
        return [
            Draft("prompt/reminder", place.place_id, {**values, "space": place.space}, under="post")
            for place in facts.places
        ]
    if stage == "recap":
        return recap.drafts(question, facts)
    return []


def ask(
    question: str, closes_at: datetime, facts: Facts, *, opening: bool, button: ButtonDraft = ANSWER
) -> list[Draft]:
    """The post that asks, one per place, with its answer button."""
    values = {"question": Written(question), "closes_at": closes_at}
    return [
        Draft("prompt/post", place.place_id, {**values, "space": place.space}, (button,), opening=opening)
        for place in facts.places
    ]


def closing(model: Model, facts: Facts) -> datetime:
    """When answers end, as far as known: a post that goes out late stays open for as long as promised."""
    if facts.closes_at is not None:
        return facts.closes_at
    return (facts.opened_at or max(facts.due_at, facts.now)) + model.open_for


def asks(model: Model, facts: Facts) -> list[Ask]:
    """The one question, asked by the post: a word under any message of the run answers it."""
    text = (facts.question or {}).get("text", "")
    return [Ask("post", text, facts.opened_at or facts.due_at, closing(model, facts))]


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """The first word is the answer; an edit, or the form sent again, changes it; all else is talk."""
    return take(heard, facts.closes_at)


def take(heard: Heard, closes_at: datetime | None) -> list[Effect]:
    """What a member's act does to an open question. An edit of a word we never heard is that word."""
    if heard.answered_before:
        return [Keep(text_only=True)] if heard.edited or heard.by == "form" else []
    late = closes_at is not None and heard.at >= closes_at
    keep = Keep(late=late, counted=not heard.is_host)
    # A form leaves no message to react to; its sender sees it close.
    return [keep] if heard.by == "form" else [keep, Acknowledge(HEARD_EMOJI)]


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """A prompt gives no badge."""
    return []


def result(model: Model, facts: Facts) -> Result:
    """Distinct answerers of the active members."""
    answers = len({answer.member_id for answer in recap.counted(facts)})
    return Result(counted=answers, of=facts.active, unanswered=answers == 0)
