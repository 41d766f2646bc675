"""Members' presses and votes: the run's kind hears them, and what it asks for is done."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.flow import answering, ask, effects, evidence, facts, speak, wishes
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.ports import Notice
from orchestrator.rituals.contract import Cast, Effect, Heard, Opt, Tell
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.answer import AnswerKey, PressKey, read_press
from orchestrator.store import activity, answers, members, runs
from orchestrator.store.members import Speaker
from orchestrator.store.tables import Handle, Run


def pressed(hearing: Hearing, threads: Threads, item: Item, verb: str, rest: str) -> None:
    """A button that a ritual's kind put under a post of its own."""
    key = read_press(f"{verb}-{rest}")
    run = answers.run_by_code(hearing.session, key.code) if key else None
    if key is None or run is None:
        return
    evidence.of_press(hearing, item, AnswerKey(key.code, key.stage))
    _hear(hearing, threads, item, run, key)


def voted(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A vote in a poll of the platform's own; no options: it was taken back."""
    poll_ref = str(item.inbound.data.get("poll_ref", ""))
    if item.inbound.member_ref is None or not poll_ref:
        return
    options = tuple(int(one) for one in item.inbound.data.get("options") or ())
    poll = evidence.of_vote(hearing, item, poll_ref, options)
    if poll is not None and poll.run_id is not None:
        run = hearing.session.get_one(Run, poll.run_id)
        _hear(hearing, threads, item, run, PressKey("vote", run.code, poll.stage), options)


def _hear(
    hearing: Hearing, threads: Threads, item: Item, run: Run, key: PressKey, options: tuple[int, ...] | None = None
) -> None:
    session, speaker = hearing.session, threads.speaker(item, run.id)
    effects.lock(session, run)
    heard = Heard(
        member_id=speaker.member_id,
        text="",
        at=item.at,
        by="press" if options is None else "vote",
        is_host=speaker.is_host,
        verb=key.verb,
        arg=key.arg,
        options=options or (),
    )
    known = threads.run(run.id)[1]
    kind = KINDS[known.written.kind]
    told = kind.hear(known.written.model, key.stage, heard, facts.at_an_act(session, run, hearing.now))
    if run.state in answering.ENDED and not any(isinstance(effect, Opt) for effect in told):
        return  # what a member asks of us for themselves stands, whatever became of the run
    effects.do(session, run, told, hearing.now, effects.Actor(speaker, key.stage, item.at, _turn(item)))
    for asked in (effect for effect in told if isinstance(effect, Opt)):
        wishes.opt(hearing, speaker, asked, item.at)
    if any(isinstance(effect, Cast) and effect.options for effect in told):
        answering.contribute(hearing, threads, item, run.id, (run.id, activity.VOTED, speaker.member_id))
    _tell(hearing, threads, item, run, speaker, told)
    hearing.stages += runs.due_stages(session, [run.id], hearing.now)


def _turn(item: Item) -> int:
    """The order of a member's acts: their moments, or the numbers that the platform gives them instead."""
    if item.inbound.at is not None:
        return item.inbound.at
    digits = "".join(filter(str.isdigit, item.inbound.event_ref))
    return int(digits[-18:] or 0)


def _tell(hearing: Hearing, threads: Threads, item: Item, run: Run, speaker: Speaker, told: Sequence[Effect]) -> None:
    """Say it to the member alone: where they pressed, or directly."""
    known = threads.run(run.id)[1]
    language = members.languages(hearing.session, [speaker.member_id]).get(speaker.member_id)
    for effect in told:
        if not isinstance(effect, Tell):
            continue
        text = hearing.app.render.text(effect.template, speak.in_language(known.playbook, language), effect.values)
        trigger = item.inbound.data.get("trigger_ref")
        if trigger:
            ask.afterwards(hearing, item, Notice(str(trigger), str(text)), f"notice-{run.code}")
        else:
            ask.reply(hearing, item, hearing.session.get_one(Handle, speaker.handle_id), str(text), None)
