"""The kind `steps`: a list of posts, questions, waits, recaps and badges, held in the order written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from orchestrator.rituals import prompt, recap
from orchestrator.rituals.asked import asked
from orchestrator.rituals.contract import Ask, ButtonDraft, Draft, Effect, Facts, Give, Heard, Result, Stage, Written
from orchestrator.rules.values import Duration, Text, Unreadable, nearest, quoted, read_flag

NAME = "steps"
STEPS = ("post", "ask", "wait", "recap", "give")
OPEN_AT_LEAST = timedelta(days=2)  # for a question that no recap ends, as for a prompt
MOST_STEPS = 30
_MAKE_TIME = "put `- wait: 2 days` above it"


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
        _in_order(does)
        return self


def _in_order(does: list[str]) -> None:
    """Questions, recaps and badges stand where somebody has had time to answer."""
    any_yet = is_open = waited = False
    for name in does:
        if name == "ask":
            if is_open and not waited:
                raise Unreadable("nobody has time to answer before the next question", _MAKE_TIME)
            any_yet, is_open, waited = True, True, False
        elif name == "wait":
            waited = True
        elif name == "recap":
            _recap_fits(any_yet, is_open, waited)
            is_open = False
        elif name == "give" and not any_yet:
            raise Unreadable("`give` thanks those who answered, and nothing was asked", "put a `- ask: …` above it")


def _recap_fits(any_yet: bool, is_open: bool, waited: bool) -> None:
    if not any_yet:
        raise Unreadable("there is nothing to recap before an `ask`", "put a `- ask: …` and a `- wait: …` above it")
    if not is_open:
        raise Unreadable("one question has one recap", "keep one `- recap: …` below each `- ask: …`")
    if not waited:
        raise Unreadable("nobody has time to answer before this recap", _MAKE_TIME)


def _timed(model: Model, when: datetime) -> Iterator[tuple[str, Step, datetime]]:
    """(stage name, step, moment) of every step that does something; s3 is the third line of the list."""
    for number, step in enumerate(model.root, start=1):
        if step.wait is not None:
            when += step.wait
        else:
            yield f"s{number}", step, when


def stages(model: Model, when: datetime) -> list[Stage]:
    """s1 … sn, each after the waits above it; the last question is closed by its recap, or by a stage `close`."""
    timed = list(_timed(model, when))
    last = next((name for name, step, _ in reversed(timed) if step.does in ("ask", "recap")), None)
    found = [
        Stage(name, at, opens=step.does == "ask", closes=step.does == "recap" and name == last)
        for name, step, at in timed
    ]
    questions = _asks(model, when)
    if questions and questions[-1].stage == last:
        found.append(Stage("close", questions[-1].closes_at, closes=True))
    return sorted(found, key=lambda stage: stage.at)


def _asks(model: Model, when: datetime) -> list[Ask]:
    """The questions of a run that begins at `when`: each is open until the next one, its recap or the end."""
    timed = list(_timed(model, when))
    end = when + sum((step.wait for step in model.root if step.wait), timedelta())
    found = []
    for number, (name, step, at) in enumerate(timed, start=1):
        if step.ask is not None:
            ends = (moment for _, later, moment in timed[number:] if later.does in ("ask", "recap"))
            found.append(Ask(name, step.ask, at, next(ends, max(end, at + OPEN_AT_LEAST))))
    return found


def asks(model: Model, facts: Facts) -> list[Ask]:
    """The questions, counted from the first post; a run brought to its end closes all of them."""
    before_first = next(at for _, _, at in _timed(model, facts.due_at)) - facts.due_at
    opened_at = facts.opened_at or max(facts.due_at + before_first, facts.now)
    found = _asks(model, opened_at - before_first)
    return [replace(ask, closes_at=min(ask.closes_at, facts.closes_at or ask.closes_at)) for ask in found]


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
        until = next(ask.closes_at for ask in asks(model, facts) if ask.stage == stage)
        return prompt.ask(step.ask, until, facts, opening=opening, button=_button(model, stage))
    if step.recap is not None:
        question = _recapped(model, stage)
        return recap.drafts(question.text, _about(question.stage, facts), {"text": Written(step.recap)})
    return []


def step_of(model: Model, stage: str) -> Step | None:
    """The step held at a stage; None for `close`."""
    return next((step for name, step, _ in _timed(model, datetime.min) if name == stage), None)


def _first_to_speak(model: Model) -> str:
    return next(name for name, step, _ in _timed(model, datetime.min) if step.does in ("post", "ask"))


def _button(model: Model, stage: str) -> ButtonDraft:
    """The answer button; among several questions its key names the one that it stands under."""
    several = sum(step.ask is not None for step in model.root) > 1
    return replace(prompt.ANSWER, key=f"{prompt.ANSWER.key}-{stage}") if several else prompt.ANSWER


def _recapped(model: Model, stage: str) -> Ask:
    """The last question before a recap."""
    names = [name for name, _, _ in _timed(model, datetime.min)]
    before = names[: names.index(stage)]
    return [ask for ask in _asks(model, datetime.min) if ask.stage in before][-1]


def _about(stage: str, facts: Facts) -> Facts:
    """The facts of one question: its answers, and links to its posts."""
    told = tuple(answer for answer in facts.answers if answer.stage in ("", stage))
    places = tuple(replace(place, link=place.links.get(stage, place.link)) for place in facts.places)
    return replace(facts, answers=told, places=places)


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """As for a prompt, of the question it answers; a word under another step's post is talk, not an answer."""
    step = step_of(model, stage)
    question = asked(asks(model, facts), stage, heard.at)
    if question is None or (heard.by in ("thread", "reply") and step is not None and step.ask is None):
        return []
    return prompt.take(heard, question.closes_at)


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """The badge of a `give` step, for everyone whose answer counts, to any question so far."""
    step = step_of(model, stage)
    if step is None or step.give is None:
        return []
    members = sorted({answer.member_id for answer in recap.counted(facts)})
    return [Give(step.give.badge, tuple(members))] if members else []


def result(model: Model, facts: Facts) -> Result:
    """Distinct answerers, over all questions, of the active members; steps that ask nothing are never unanswered."""
    anything = any(step.ask is not None for step in model.root)
    answers = len({answer.member_id for answer in recap.counted(facts)})
    return Result(counted=answers, of=facts.active, unanswered=anything and answers == 0, asks=anything)
