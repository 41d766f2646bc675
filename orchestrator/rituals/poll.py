"""The kind `poll`: a question with options, one tally over all places, results."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from orchestrator.rituals import tally
from orchestrator.rituals.contract import (
    Ask,
    ButtonDraft,
    Cast,
    Draft,
    Effect,
    Facts,
    Heard,
    PlaceFacts,
    PollDraft,
    Redo,
    Result,
    Stage,
    Tell,
    Written,
)
from orchestrator.rules.values import Duration, Flag, Text, Unreadable, as_list, plain, quoted

NAME = "poll"
#: The stage that asks for votes, shows them as they come, and is edited for the last time at the close.
OPEN = "open"
#: Telegram takes 300 characters and 12 options of 100 (sendPoll); a Slack button shows 75 of its label.
MAX_QUESTION, MAX_OPTION, FEWEST, MOST = 300, 75, 2, 12
#: Telegram closes a poll by itself within 2,628,000 seconds (sendPoll, close_date); a longer one we close.
CLOSES_ITSELF = timedelta(seconds=2_628_000)
#: A post with a live tally is edited at most so often, however many vote.
LIVE = timedelta(seconds=4)


def _label(option: str) -> str:
    """An option as a button can bear it."""
    label = option.strip()
    if not label:
        raise Unreadable("an option is empty", "write what it stands for, or take it out")
    if len(label) > MAX_OPTION:
        mend = f"write {MAX_OPTION} characters at most, and the rest in `text:`"
        raise Unreadable(f"{quoted(label)} is too long for a button", mend)
    if "{{" in label or "{%" in label or "\n" in label:
        raise Unreadable(f"{quoted(label)} is more than a plain label", "write plain words on one line")
    return label


Label = Annotated[Text, AfterValidator(_label)]


class Model(BaseModel):
    """The question, what may be chosen, for how long, and who sees what when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Annotated[Text, Field(min_length=1, max_length=MAX_QUESTION)]
    options: Annotated[list[Label], BeforeValidator(as_list)]
    open_for: Duration = timedelta(days=2)
    several: Flag = False
    hidden: Flag = False
    recap: Flag = True

    @field_validator("options")
    @classmethod
    def _can_be_told_apart(cls, options: list[str]) -> list[str]:
        if not FEWEST <= len(options) <= MOST:
            what = f"a poll has {FEWEST} to {MOST} options, not {len(options)}"
            raise Unreadable(what, "write some more" if len(options) < FEWEST else "take some out, or hold two polls")
        seen: set[str] = set()
        for option in options:  # as members see them: "C" and "C++" are two, "Prix" and "prix" are one
            if plain(option) in seen:
                raise Unreadable(f"{quoted(option)} stands twice among the options", "take one of the two out")
            seen.add(plain(option))
        return options


def stages(model: Model, when: datetime) -> list[Stage]:
    """open → close → results?; `when` is the planned, or later the real, opening."""
    closes_at = when + model.open_for
    found = [Stage(OPEN, when, opens=True), Stage("close", closes_at, closes=True)]
    return [*found, Stage("results", closes_at)] if model.recap else found


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """The poll in each place, as it stands now; in the end its results, if anybody voted."""
    count = tally.of(model.options, facts.votes, OPEN)
    if stage == OPEN:
        return [_poll(model, place, count, facts) for place in facts.places]
    if stage == "results" and count.voters:
        values = {
            "question": Written(model.question),
            "options": model.options,
            "several": model.several,
            **tally.values(count),
            "hosts_voted": any(vote.options and not vote.counted for vote in facts.votes),
        }
        return [
            Draft("poll/results", place.place_id, {**values, "rows": tally.ranked(count), **_seen_from(place)})
            for place in facts.places
        ]
    return []


def _poll(model: Model, place: PlaceFacts, count: tally.Tally, facts: Facts) -> Draft:
    """The platform's own poll, or a post with a button an option; once closed, the end of either."""
    closed, closes_at = _is_closed(facts), closing(model, facts)
    values = {
        "question": Written(model.question),
        "options": model.options,
        "closes_at": closes_at,
        "closed": closed,
        "several": model.several,
        "hidden": model.hidden,
        "voters": count.voters,
        "rows": tally.rows(count) if count.voters and (closed or not model.hidden) else [],
        **_seen_from(place),
    }
    if place.polls:
        ends = closes_at if model.open_for <= CLOSES_ITSELF else None
        options = tuple(model.options)
        poll = PollDraft(model.question, options, model.several, model.hidden, closes_at=ends, closed=closed)
        return Draft("poll/open", place.place_id, values, opening=True, poll=poll)
    buttons = () if closed else _buttons(model)
    return Draft("poll/open", place.place_id, values, buttons, opening=True, below="poll/tally")


def _buttons(model: Model) -> tuple[ButtonDraft, ...]:
    chosen = [ButtonDraft("", f"vote-{{run}}-{OPEN}-{n}", label=option) for n, option in enumerate(model.options)]
    return (*chosen, ButtonDraft("unvote", f"unvote-{{run}}-{OPEN}"))


def _seen_from(place: PlaceFacts) -> dict[str, str | None]:
    return {"space": place.space, "link": place.link}


def closing(model: Model, facts: Facts) -> datetime:
    """When votes end, as far as known: a poll that goes out late stays open for as long as promised."""
    if facts.closes_at is not None:
        return facts.closes_at
    return (facts.opened_at or max(facts.due_at, facts.now)) + model.open_for


def _is_closed(facts: Facts) -> bool:
    return facts.closes_at is not None and facts.now >= facts.closes_at


def asks(model: Model, facts: Facts) -> list[Ask]:
    """The one question; words under it are talk, only votes count."""
    return [Ask(OPEN, model.question, facts.opened_at or facts.due_at, closing(model, facts))]


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """A vote stands until the next one, or until it is taken back; after the close only that is said.

    A vote in the platform's own poll is never late: the platform refuses those by itself, and tells no moment.
    """
    chosen = _chosen(model, heard)
    if stage != OPEN or chosen is None:
        return []
    if heard.by == "press" and facts.closes_at is not None and heard.at >= facts.closes_at:
        return [Tell("poll/closed", {"closes_at": facts.closes_at})]
    effects: list[Effect] = [Cast(chosen, added=heard.by == "press" and model.several and bool(chosen))]
    if heard.by == "press":
        words = [model.options[number] for number in chosen]
        noted = {"rows": words, "several": model.several, "closes_at": closing(model, facts), "host": heard.is_host}
        effects.append(Tell("poll/noted", noted))
    if not _is_closed(facts):
        return [*effects, Redo(OPEN, after=LIVE)]
    # It was given in time and told late: what was said already is put right.
    return [*effects, Redo(OPEN), *([Redo("results")] if model.recap else [])]


def _chosen(model: Model, heard: Heard) -> tuple[int, ...] | None:
    """The options of a vote, none when it is taken back; None for what is no vote in this poll."""
    if heard.by == "vote":
        known = tuple(number for number in heard.options if number < len(model.options))
        return known if model.several else known[:1]
    if heard.by != "press" or heard.verb not in ("vote", "unvote"):
        return None
    if heard.verb == "unvote":
        return ()
    number = int(heard.arg) if heard.arg.isdecimal() and len(heard.arg) < 3 else MOST
    return (number,) if number < len(model.options) else None


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """At the close every post is edited for the last time, and the platform's own polls are ended."""
    return [Redo(OPEN)] if stage == "close" else []


def ballot(model: Model) -> tuple[str, list[str]]:
    """The stage whose votes `results` counts, and its options."""
    return OPEN, model.options


def result(model: Model, facts: Facts) -> Result:
    """Distinct voters of the active members."""
    voters = tally.of(model.options, facts.votes, OPEN).voters
    return Result(counted=voters, of=facts.active, unanswered=voters == 0)
