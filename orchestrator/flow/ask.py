"""Asks one member: by a form, or by a question in their direct chat."""

from __future__ import annotations

from datetime import timedelta

from orchestrator import log
from orchestrator.errors import TertuliaError
from orchestrator.flow import evidence, facts
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.ports import Address, Form, Outgoing, Post
from orchestrator.render.markdown import Ours
from orchestrator.rituals.asked import asked
from orchestrator.rituals.contract import Ask
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.answer import ANSWER_KEY, AnswerKey, read_key
from orchestrator.store import answers, deliveries, inbound, runs
from orchestrator.store.tables import Handle, Member, Run

logger = log.get("ask")

#: A direct reply of ours that could not leave for so long comes too late to be understood.
REPLY_WITHIN = timedelta(hours=1)


def open_form(hearing: Hearing, threads: Threads, item: Item, rest: str) -> None:
    """Best effort, after the commit: a trigger lives three seconds (docs.slack.dev, views.open)."""
    key = ANSWER_KEY + rest
    named = read_key(key)
    if named is None:
        return
    evidence.of_press(hearing, item, named)
    found = _question(hearing, threads, named)
    trigger = item.inbound.data.get("trigger_ref")
    adapter = hearing.adapter(item.connection_id)
    if found is None or not trigger or adapter is None or not adapter.capabilities.forms:
        return
    run, _, question = found
    playbook, word = threads.run(run.id)[1].playbook, hearing.app.render.word
    form = Form(
        trigger_ref=str(trigger),
        key=key,
        title=word("form title", playbook),
        question=str(question),  # a plain str: codecs refuse others
        label=word("form label", playbook),
        unnamed_label=word("form unnamed", playbook),
        notice=word("form notice", playbook),
        submit=word("form submit", playbook),
        cancel=word("form cancel", playbook),
    )
    afterwards(hearing, item, form, key)


def afterwards(hearing: Hearing, item: Item, outgoing: Outgoing, key: str) -> None:
    """Act once the transaction is kept, best effort: a form, or a line that only the presser reads."""
    adapter, one = hearing.adapter(item.connection_id), item.inbound
    to = Address(place_ref=one.place_ref, topic_ref=one.thread_ref, member_ref=one.member_ref)

    def send() -> None:
        try:
            if adapter is not None:
                adapter.send(to, outgoing, key)
        except TertuliaError as error:
            logger.info("ask.unanswered", act=type(outgoing).__name__, error=str(error))

    hearing.afterwards.append(send)


def ask_directly(hearing: Hearing, threads: Threads, item: Item, key: AnswerKey) -> None:
    """Somebody followed the answer link: ask the question in their chat and expect the next message."""
    found = _question(hearing, threads, key)
    if found is None:
        return
    run, ask, question = found
    speaker = threads.speaker(item, run.id)
    handle = hearing.session.get_one(Handle, speaker.handle_id)
    handle.direct_ref = item.inbound.place_ref
    answers.expect(hearing.session, handle.id, run.id, ask.stage, hearing.now)
    values = {"question": question, "closes_at": ask.closes_at}
    text = str(hearing.app.render.text("prompt/direct", threads.run(run.id)[1].playbook, values))
    silent = hearing.session.get_one(Member, speaker.member_id).opted_out_at is not None
    # Who asked for silence and then asks for the question gets it: a run's own posts would be skipped.
    reply(hearing, item, handle, text, None if silent else run, key.stage)


def target(handle: Handle, item: Item) -> str:
    """What the answer to an act is known by: one for each inbound, however often it is told."""
    return f"handle:{handle.id}:{runs.digest16(inbound.event_key(item.inbound))}"


def reply(hearing: Hearing, item: Item, handle: Handle, said: str | Post, run: Run | None, stage: str = "") -> None:
    """Answer a member in their direct chat, once for each inbound."""
    deliveries.plan(
        hearing.session,
        run=run,
        stage=answers.direct_stage(stage),
        target=target(handle, item),
        body=Post(said) if isinstance(said, str) else said,
        handle=handle,
        not_before=hearing.now,
        late_until=hearing.now + REPLY_WITHIN,
        counts=False,
    )
    hearing.connections.add(item.connection_id)


def _question(hearing: Hearing, threads: Threads, key: AnswerKey) -> tuple[Run, Ask, Ours] | None:
    """The question behind an answer button, and its text as the posts ask it."""
    run = answers.run_by_code(hearing.session, key.code)
    if run is None:
        return None
    known = threads.run(run.id)[1]
    told = facts.opening(run, [], hearing.now)
    ask = asked(KINDS[known.written.kind].asks(known.written.model, told), key.stage, hearing.now)
    if ask is None:
        return None
    return run, ask, hearing.app.render.written(ask.text, "question", known.playbook, {"closes_at": ask.closes_at})
