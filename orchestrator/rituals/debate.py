"""The kind `debate`: a vote, invited speakers of both sides, an open floor, a second vote, and who moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from orchestrator.rituals import debate_speakers as speakers
from orchestrator.rituals import debate_text as text
from orchestrator.rituals import debate_votes as votes
from orchestrator.rituals import prompt, recap
from orchestrator.rituals.contract import (
    Ask,
    Cast,
    Draft,
    Effect,
    Facts,
    Heard,
    Note,
    Play,
    Redo,
    Result,
    Stage,
    Tell,
)
from orchestrator.rituals.debate_speakers import ACCEPTED, INVITE, INVITED, ROLE, SILENT, STATEMENTS
from orchestrator.rituals.debate_votes import AFTER, BEFORE
from orchestrator.rules.values import Duration, Flag, Text, Unreadable, read_count

NAME = "debate"
NEEDS = frozenset({"people"})

#: The first vote and the invitations come so long before `when`.
AHEAD = timedelta(days=3)
#: Nobody is invited later than this before `when`, …
INVITE_UNTIL = timedelta(hours=8)
#: … and speakers are asked for their statements so long before it.
STATEMENTS_AT = timedelta(hours=4)
#: Speakers have the floor first, for so long: or for a quarter of the debate, where that is less.
SPEAKERS_FIRST = timedelta(hours=1)
#: The post that opens the debate is edited at most so often, as statements come in.
LIVE = timedelta(seconds=4)

SILENCE, OPENING, FLOOR, CLOSE, RECAP = "silence", "opening", "floor", "close", "recap"
MOTION = 300  # characters
FEWEST, MOST = 2, 8  # speakers


def _even(count: object) -> int:
    """As many on either side."""
    number = read_count(count)
    mend = f"write an even number from {FEWEST} to {MOST}: 4 is two for and two against"
    if number > MOST:
        raise Unreadable(f"{number} speakers are more than anybody would listen to", mend)
    if number % 2:
        raise Unreadable(f"{number} speakers cannot be shared out between two sides", mend)
    return number


class Model(BaseModel):
    """The motion, how many open the debate, for how long it goes on, and whether there are votes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    motion: Annotated[Text, Field(max_length=MOTION)]
    speakers: Annotated[int, BeforeValidator(_even), Field(json_schema_extra={"enum": [2, 4, 6, 8]})] = 4
    open_for: Duration = timedelta(days=1)
    vote: Flag = True
    vote_for: Duration = timedelta(days=1)

    @field_validator("motion")
    @classmethod
    def _says_something(cls, motion: str) -> str:
        if not prompt.text_words(motion):
            raise Unreadable(
                "`motion` holds no question", 'write it in quotes: motion: "Should we publish our prices?"'
            )
        return motion


def stages(model: Model, when: datetime) -> list[Stage]:
    """before, invite → silence → statements → opening (at `when`) → after? → close → recap."""
    floor_ends = when + model.open_for
    ends_at = floor_ends + (model.vote_for if model.vote else timedelta(0))
    found = [
        Stage(BEFORE, when - AHEAD, asks_approval=True, opens=True),
        Stage(INVITE, when - AHEAD),
        Stage(SILENCE, when - AHEAD + speakers.PATIENCE),
        Stage(STATEMENTS, when - STATEMENTS_AT),
        Stage(OPENING, when),
    ]
    if model.vote:
        found.append(Stage(AFTER, floor_ends))
    return [*found, Stage(CLOSE, ends_at, closes=True), Stage(RECAP, ends_at)]


def opening_at(facts: Facts) -> datetime:
    """When the debate opens: at `when`, unless what goes before it left only then; it keeps its three days."""
    begun = facts.opened_at or max(facts.now, facts.due_at - AHEAD)
    return facts.due_at if begun < facts.due_at else begun + AHEAD


def moments(model: Model, facts: Facts) -> text.Moments:
    """All that texts and rules need of a run's time."""
    opens_at = opening_at(facts)
    ends = {stage.name: stage.at for stage in stages(model, opens_at)}
    floor_at = opens_at + min(SPEAKERS_FIRST, model.open_for / 4)
    until = facts.closes_at or ends[CLOSE]
    return text.Moments(opens_at - STATEMENTS_AT, opens_at, floor_at, opens_at + model.open_for, until)


def say(model: Model, stage: str, facts: Facts) -> list[Draft]:
    """What is said at a stage, in each place or to each speaker."""
    told = text.Told(model.motion, model.vote, model.speakers, moments(model, facts), facts)
    if stage == BEFORE:
        return text.before(told)
    if stage == INVITE:
        return [text.invitation(told, part) for part in facts.parts if part.role == ROLE and not part.silent]
    if stage == STATEMENTS:
        return [text.asked_to_speak(told, part) for part in speakers.of(facts, ACCEPTED)]
    if stage == OPENING:
        return text.opening(told) if speakers.of(facts, ACCEPTED) else text.called_off(told)
    if stage == AFTER and _is_held(facts):
        return text.after(told)
    return text.ending(told) if stage == RECAP and _is_held(facts) else []


def _is_held(facts: Facts) -> bool:
    """False once it is known that nobody opens the debate."""
    return facts.run.get("held") is not False


def asks(model: Model, facts: Facts) -> list[Ask]:
    """Speakers are asked for a statement; an hour later the floor is everybody's."""
    at = moments(model, facts)
    return [
        Ask(STATEMENTS, model.motion, at.statements, at.opens),
        Ask(FLOOR, model.motion, at.floor, at.ends),
    ]


def hear(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """Votes, answers to invitations, and what is said in the debate; words under another post are talk."""
    if heard.by == "press" and heard.verb in ("vote", "unvote"):
        return _vote(model, stage, heard, facts)
    if heard.by == "press" and heard.verb in ("accept", "decline") and stage == INVITE:
        return speakers.answer(model.speakers, heard, facts, opening_at(facts))
    if heard.by in ("press", "vote") or stage not in (OPENING, STATEMENTS, FLOOR, AFTER) or not _is_held(facts):
        return []
    said = prompt.take(heard, moments(model, facts).ends)
    shown = heard.by == "direct" or heard.member_id in facts.run.get("speakers", ())
    return [*said, Redo(OPENING, after=LIVE)] if said and shown else said


def _vote(model: Model, stage: str, heard: Heard, facts: Facts) -> list[Effect]:
    """A vote stands until the next one, or until it is taken back; after the close only that is said."""
    at = moments(model, facts)
    closes_at = {BEFORE: at.opens, AFTER: at.ends}.get(stage)
    number = {"0": 0, "1": 1, "2": 2}.get(heard.arg)
    if closes_at is None or not model.vote or (number is None and heard.verb == "vote"):
        return []
    if heard.at >= closes_at:
        return [Tell("debate/vote_closed")]
    if number is None or heard.verb == "unvote":
        return [Cast(()), Tell("debate/unvoted", {"closes_at": closes_at})]
    noted = {"choice": votes.OPTION_WORDS[number], "closes_at": closes_at, "host": heard.is_host}
    return [Cast((number,)), Tell("debate/voted", noted)]


def act(model: Model, stage: str, facts: Facts) -> list[Effect]:
    """Choose speakers, ask others instead of the silent, settle who speaks, and close the votes."""
    opens_at = opening_at(facts)
    if stage == INVITE and facts.now < opens_at - INVITE_UNTIL:
        chosen = speakers.invite(model.speakers, facts)
        return [*chosen, Redo(SILENCE, after=speakers.PATIENCE)] if chosen else []
    if stage == SILENCE:
        return _after_a_day(facts, opens_at - INVITE_UNTIL)
    if stage == STATEMENTS:
        waiting = speakers.of(facts, INVITED)
        given_up: list[Effect] = [Play(part.member_id, ROLE, SILENT) for part in waiting]
        return [*given_up, Redo(INVITE)] if waiting else []
    if stage == OPENING and "held" not in facts.run:
        found = [part.member_id for part in speakers.of(facts, ACCEPTED)]
        return [Note({"held": bool(found), "speakers": found}), Redo(INVITE), Redo(BEFORE)]
    return [Redo(AFTER)] if stage == RECAP and model.vote and _is_held(facts) else []


def _after_a_day(facts: Facts, until: datetime) -> list[Effect]:
    """Somebody else is asked instead of those silent for a day, and the next ones are looked at in their turn."""
    if facts.now >= until:
        return []
    gone: list[Effect] = [*speakers.silent(facts)]
    wait = speakers.next_silence(facts)
    again = [Redo(SILENCE, after=wait)] if wait is not None and facts.now + wait < until else []
    return [*gone, *([Redo(INVITE)] if gone else []), *again]


def result(model: Model, facts: Facts) -> Result:
    """Speakers who spoke of those wanted; beside it voices, voters and how far opinion moved."""
    voices = {answer.member_id for answer in recap.counted(facts)}
    found = {part.member_id for part in speakers.of(facts, ACCEPTED)}
    before, after = (votes.tally(facts.votes, one)["voters"] for one in (BEFORE, AFTER))
    seen = votes.shift(facts.votes)
    spoke = len(voices & found)
    more: dict[str, Any] = {"speakers who spoke": spoke, "speakers wanted": model.speakers}
    more |= {"held": bool(found), "accepted": len(found), "voices": len(voices)}
    if model.vote:
        more |= {"voted before": before, "voted after": after, "voted twice": seen.twice}
        more |= {"moved": seen.moved, "net towards for": seen.net}
    return Result(
        counted=spoke,
        of=model.speakers,
        unanswered=not (voices or found or before or after),
        more=more,
    )
