"""Lets a run's kind hear what a member did, and keeps what comes of it: answers, thanks, badges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from orchestrator.flow import effects, facts, names, unsay
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.rituals.asked import asked
from orchestrator.rituals.contract import Acknowledge, Effect, Heard, Keep
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.answer import Act, Match, answered_before
from orchestrator.rules.days import LocalDays
from orchestrator.rules.flags import flags_of
from orchestrator.store import answers, runs
from orchestrator.store.members import Speaker
from orchestrator.store.tables import Answer, Run, to_us

Key: TypeAlias = tuple[int, int, str]
"""run_id, member_id, and the stage whose question is answered: one answer each."""

#: What is done to an answer itself; the other effects change the run.
OF_ANSWERS = (Keep, Acknowledge)

#: Runs in these states take nothing more.
ENDED = ("skipped", "stopped")


def answer(hearing: Hearing, threads: Threads, match: Match, speaker: Speaker, act: Act) -> Key | None:
    """Ask the run's kind what an act does, and do it. Gives the key of the answer that it was kept as, or in."""
    run, known = threads.run(match.run_id)
    if run.state in ENDED:
        return None
    kind, told = KINDS[known.written.kind], facts.opening(run, [], hearing.now)
    ask = asked(kind.asks(known.written.model, told), match.stage, act.said_at)
    key = (run.id, speaker.member_id, ask.stage if ask else match.stage)
    before = threads.answer(*key)
    heard = Heard(
        member_id=speaker.member_id,
        text=act.text,
        at=act.said_at,
        by=match.by,
        answered_before=answered_before(before, act),
        is_host=speaker.is_host,
        named=act.named,
    )
    return _do(hearing, threads, key, speaker, act, kind.hear(known.written.model, match.stage, heard, told))


def reword(hearing: Hearing, threads: Threads, item: Item, row: Answer, text: str) -> None:
    """A member edited the message that is their answer."""
    run, known = threads.run(row.run_id)
    heard = Heard(
        member_id=row.member_id,
        text=text,
        at=item.at,
        by="direct" if row.place_id is None else "thread",
        edited=True,
        answered_before=True,
        is_host=not row.counted,
        named=row.named,
    )
    kind = KINDS[known.written.kind]
    told = kind.hear(known.written.model, row.stage, heard, facts.opening(run, [], hearing.now))
    if any(isinstance(effect, Keep) for effect in told):
        edit = replace(answers.act_of(row), text=text, edited_at=item.at)
        before = row.text
        answers.change(row, edit)
        hearing.session.flush()
        _requote(hearing, row, before)
        _others(hearing, run, told)


def remove(hearing: Hearing, threads: Threads, row: Answer) -> None:
    """A member deleted the message that is their answer: the run's story says so."""
    _requote(hearing, row, row.text, gone=True)
    hearing.session.delete(row)
    hearing.session.flush()
    threads.answers.pop((row.run_id, row.member_id, row.stage), None)
    runs.trace(hearing.session, row.run_id, hearing.now, "answer removed", {"member_id": row.member_id})


def _requote(hearing: Hearing, row: Answer, before: str, *, gone: bool = False) -> None:
    """What we quoted of an answer follows it."""
    if before.strip() and (gone or before != row.text):
        hearing.connections |= unsay.quotation(hearing.app, hearing.session, row, before, hearing.now, gone=gone)


def contribute(hearing: Hearing, threads: Threads, item: Item, run_id: int, fact: tuple[int, int, int]) -> None:
    """Count an answer that was not said in a place as a contribution to the run's space.

    `fact` is its (ref, kind, member_id): given again for the same run or message, it counts once.
    """
    place = answers.place_of(hearing.session, run_id, item.connection_id)
    if place is None:
        return
    ref, kind, member_id = fact
    text = item.inbound.text or ""
    at = to_us(item.at)
    day = LocalDays(threads.run(run_id)[1].community.zone)(at)
    hearing.spaces[place.id] = place.space_id
    hearing.facts.append((place.id, ref, kind, member_id, member_id, day, at, None, None, len(text), flags_of(text)))
    topics = threads.run(run_id)[1].community.topics
    hearing.texts.spoke_of(topics or (), place.id, ref, member_id, at, text)


def _do(hearing: Hearing, threads: Threads, key: Key, speaker: Speaker, act: Act, told: Sequence[Effect]) -> Key | None:
    run, kept = threads.run(key[0])[0], None
    for effect in told:
        if isinstance(effect, Keep):
            kept = _keep(hearing, threads, key, speaker, act, effect)
        elif isinstance(effect, Acknowledge) and act.message_ref is not None:
            threads.acknowledge(run, effect.emoji, act.message_ref, act.place_id, speaker)
    _others(hearing, run, told, effects.Actor(speaker, key[2], act.said_at))
    return kept


def _others(hearing: Hearing, run: Run, told: Sequence[Effect], actor: effects.Actor | None = None) -> None:
    """Do what is asked for beside keeping the answer and thanking for it."""
    others = [effect for effect in told if not isinstance(effect, OF_ANSWERS)]
    if others:
        effects.lock(hearing.session, run)
        effects.do(hearing.session, run, others, hearing.now, actor)
        hearing.stages += runs.due_stages(hearing.session, [run.id], hearing.now)


def _keep(hearing: Hearing, threads: Threads, key: Key, speaker: Speaker, act: Act, how: Keep) -> Key:
    run, before = threads.run(key[0])[0], threads.answer(*key)
    if how.text_only and before is not None:  # says nothing of lateness: it stays what it was
        new = replace(act, late=True, counted=before.counted)
    else:
        new = replace(act, late=how.late, counted=how.counted)
    threads.keep(key, new)
    row = threads.answers.get(key)
    if before is not None and row is not None and run.state != "open":
        _requote(hearing, row, before.text)
    if not speaker.named:
        names.learn(hearing, speaker)
    return key
