"""The kind `steps`: a list of posts, one question, waits, a recap and badges, held in the order written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from orchestrator.rituals import prompt, recap
from orchestrator.rituals.contract import Draft, Effect, Facts, Give, Heard, Result, Stage, Written
from orchestrator.rules.values import Duration, Text, Unreadable, nearest, quoted, read_flag

NAME = "steps"
STEPS = ("post", "ask", "wait", "recap", "give")
OPEN_AT_LEAST = timedelta(days=2)  # for a question that no recap ends, as for a prompt
MOST_STEPS = 30


def _read_recap(value: Any) -> str | None:
    """The text above a recap; `recap: true` is a recap without one."""
    if value is None:
        return None
    try:
        wanted = read_flag(value)
    except Unreadable:
        return str(value)
    if not wanted:
        raise Unreadable("a recap that is not wanted need not be written", "take the line out, or write `recap: true`")
    return ""


class Badge(BaseModel):
    """What `give` hands to those who answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    badge: Annotated[Text, Field(min_length=1, max_length=60)]


class Step(BaseModel):
    """One line of the list: exactly one of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    post: Text | None = None
    ask: Text | None = None
    wait: Duration | None = None
    recap: Annotated[str | None, BeforeValidator(_read_recap)] = None
    give: Badge | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_thing(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise Unreadable(f"{quoted(data)} is not a step", f"write one of {_listed()}, a colon and its value")
        keys = [str(key) for key, value in data.items() if not _is_empty(str(key), value)]
        unknown = [key for key in keys if key not in STEPS]
        if unknown:
            near = nearest(unknown[0], STEPS)
            mend = f"did you mean `{near}`?" if near else f"write one of {_listed()}"
            raise Unreadable(f"{quoted(unknown[0])} is not a step", mend)
        if len(keys) > 1:
            raise Unreadable(
                f"this step does {len(keys)} things at once: {', '.join(keys)}", "give each a `- ` of its own"
            )
        if not keys:
            raise Unreadable("this step says nothing", f"write one of {_listed()}, a colon and its value")
        return data

    @property
    def does(self) -> str:
        """Which of the five it is."""
        return next(name for name in STEPS if getattr(self, name) is not None)


def _is_empty(key: str, value: Any) -> bool:
    return value is None or (key != "recap" and isinstance(value, str) and not value.strip())


def _listed() -> str:
    return ", ".join(f"`{name}`" for name in STEPS[:-1]) + f" or `{STEPS[-1]}`"


class Model(RootModel[list[Step]]):
    """The steps, in order."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _makes_sense(self) -> Model:
        does = [step.does for step in self.root]
        if len(does) > MOST_STEPS:
            raise Unreadable(f"{len(does)} steps are more than a ritual can hold", f"write at most {MOST_STEPS}")
        if "post" not in does and "ask" not in does:
            raise Unreadable("these steps say nothing to anybody", "add a `- post: …` or a `- ask: …`")
        if does.count("ask") > 1:
            raise Unreadable(
                "these steps ask twice, and a member has one answer per run",
                "put the second question into a ritual of its own",
            )
        _after_the_question(does)
        return self


def _after_the_question(does: list[str]) -> None:
    asked_at = does.index("ask") if "ask" in does else len(does)
    early = next((name for name in does[:asked_at] if name in ("recap", "give")), None)
    if early == "recap":
        raise Unreadable("there is nothing to recap before an `ask`", "put a `- ask: …` and a `- wait: …` above it")
    if early == "give":
        raise Unreadable("`give` thanks those who answered, and nothing was asked", "put a `- ask: …` above it")
    recaps = [at for at, name in enumerate(does) if name == "recap"]
    if len(recaps) > 1:
        raise Unreadable("one question has one recap", "keep one `- recap: …`")
    if recaps and "wait" not in does[asked_at : recaps[0]]:
        raise Unreadable("nobody has time to answer before this recap", "put `- wait: 2 days` above it")


def _timed(model: Model, when: datetime) -> Iterator[tuple[str, Step, datetime]]:
    """(stage name, step, moment) of every step that does something; s3 is the third line of the list."""
    for number, step in enumerate(model.root, start=1):
        if step.wait is not None:
            when += step.wait
        else:
            yield f"s{number}", step, when


def stages(model: Model, when: datetime) -> list[Stage]:
    """s1 … sn, each after the waits above it; a question is closed by the recap, or by a stage `close`."""
    timed = list(_timed(model, when))
    found = [Stage(name, at, opens=step.does == "ask", closes=step.does == "recap") for name, step, at in timed]
    asked_at = next((at for _, step, at in timed if step.ask is not None), None)
    if asked_at is not None and not any(stage.closes for stage in found):
        waited = when + sum((step.wait for step in model.root if step.wait), timedelta())
        found.append(Stage("close", max(waited, asked_at + OPEN_AT_LEAST), closes=True))
    return sorted(found, key=lambda stage: stage.at)


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """What the step of that stage says: a post, the question, or the recap of its answers."""
    step = step_of(model, stage)
    opening = stage == _first_to_speak(model)
    if step is None:
        return []
    if step.post is not None:
        written = Written(step.post)
        return [
            Draft("steps/post", place.place_id, {"post": written, "space": place.space}, opening=opening)
            for place in facts.places
        ]
    if step.ask is not None:
        return prompt.ask(step.ask, closing(model, facts), facts, opening=opening)
    if step.recap is not None:
        return recap.drafts(_question(model), facts, {"text": Written(step.recap)})
    return []


def step_of(model: Model, stage: str) -> Step | None:
    """The step held at a stage; None for `close`."""
    return next((step for name, step, _ in _timed(model, datetime.min) if name == stage), None)


def _first_to_speak(model: Model) -> str:
    return next(name for name, step, _ in _timed(model, datetime.min) if step.does in ("post", "ask"))


def _question(model: Model) -> str:
    return next((step.ask for step in model.root if step.ask is not None), "")


def closing(model: Model, facts: Facts) -> datetime:
    """When answers end, as far as known: with the recap, else at the end of the steps."""
    if facts.closes_at is not None:
        return facts.closes_at
    start = facts.opened_at or facts.due_at
    planned = stages(model, start)
    ends = next(stage.at for stage in planned if stage.closes)
    asks = next(stage.at for stage in planned if stage.opens)
    return max(ends, ends - asks + facts.now) if facts.opened_at is None and facts.now > asks else ends


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """As for a prompt; a word under another step's post is talk, not an answer."""
    step = step_of(model, stage)
    if heard.by in ("thread", "reply") and step is not None and step.ask is None:
        return []
    return prompt.take(heard, facts.closes_at)


def give(model: Model, stage: str, facts: Facts) -> list[Give]:
    """The badge of a `give` step, for everyone whose answer counts."""
    step = step_of(model, stage)
    if step is None or step.give is None:
        return []
    members = sorted({answer.member_id for answer in recap.counted(facts)})
    return [Give(step.give.badge, tuple(members))] if members else []


def result(model: Model, facts: Facts) -> Result:
    """Distinct answerers of the active members; steps that ask nothing are never unanswered."""
    asks = any(step.ask is not None for step in model.root)
    answers = len({answer.member_id for answer in recap.counted(facts)})
    return Result(counted=answers, of=facts.active, unanswered=asks and answers == 0, asks=asks)
