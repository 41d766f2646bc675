"""What members ask of us by a button or a word: a form, a direct question, a decision, silence."""

from __future__ import annotations

from datetime import timedelta

from orchestrator import log
from orchestrator.errors import TertuliaError
from orchestrator.flow import evidence, facts, hear
from orchestrator.flow.decisions import decide
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Address, Form, Notice, Outgoing, Post
from orchestrator.render.markdown import Ours
from orchestrator.rituals.asked import asked
from orchestrator.rituals.contract import Ask
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.answer import AnswerKey, read_key
from orchestrator.store import answers, approvals, deliveries, inbound, members, rituals, runs
from orchestrator.store.tables import Handle, Member, Run

logger = log.get("ask")

#: A direct reply of ours that could not leave for so long comes too late to be understood.
REPLY_WITHIN = timedelta(hours=1)

APPROVE, SKIP = "approve-", "skip-"


def pressed(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A button of ours: "answer-…" opens the form, "approve-…" and "skip-…" decide."""
    key = str(item.inbound.data.get("key", ""))
    if named := read_key(key):
        evidence.of_press(hearing, item, named)
        _open_form(hearing, threads, item, key)
    elif key.startswith(APPROVE):
        _decide(hearing, threads, item, key.removeprefix(APPROVE), yes=True)
    elif key.startswith(SKIP):
        _decide(hearing, threads, item, key.removeprefix(SKIP), yes=False)


def commanded(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A word to us: stop, start, or the link behind an answer button."""
    word = str(item.inbound.data.get("word", "")).casefold()
    rest = str(item.inbound.data.get("rest", "")).strip()
    if item.inbound.member_ref is None:
        return
    if word == "start" and (key := read_key(rest)):
        _ask_directly(hearing, threads, item, key)
    elif word in ("stop", "start"):
        _opt(hearing, item, out=word == "stop")
    elif not item.places and not (item.inbound.text or "/").startswith("/"):
        hear.said(hearing, threads, item)  # "moi" may be somebody's whole answer to an open question


def _open_form(hearing: Hearing, threads: Threads, item: Item, key: str) -> None:
    """Best effort, after the commit: a trigger lives three seconds (docs.slack.dev, views.open)."""
    named = read_key(key)
    found = _question(hearing, threads, named) if named else None
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
    _afterwards(hearing, item, form, key)


def _decide(hearing: Hearing, threads: Threads, item: Item, code: str, *, yes: bool) -> None:
    """A host approves or refuses; the presser alone reads what came of it."""
    session = hearing.session
    request = approvals.by_code(session, code)
    if request is None or item.inbound.member_ref is None:
        return
    evidence.of_press(hearing, item, AnswerKey(threads.run(request.run_id)[0].code))
    who = threads.speaker(item, request.run_id).member_id
    sentence = decide(session, code, who, yes, hearing.now)
    hearing.stages += runs.due_stages(session, [request.run_id], hearing.now)
    hearing.connections |= answers.connections_due(session, request.run_id)
    trigger = item.inbound.data.get("trigger_ref")
    if trigger:
        _afterwards(hearing, item, Notice(str(trigger), sentence), f"notice-{code}")


def _afterwards(hearing: Hearing, item: Item, outgoing: Outgoing, key: str) -> None:
    adapter = hearing.adapter(item.connection_id)
    to = Address(place_ref=item.inbound.place_ref, member_ref=item.inbound.member_ref)

    def send() -> None:
        try:
            if adapter is not None:
                adapter.send(to, outgoing, key)
        except TertuliaError as error:
            logger.info("ask.unanswered", act=type(outgoing).__name__, error=str(error))

    hearing.afterwards.append(send)


def _ask_directly(hearing: Hearing, threads: Threads, item: Item, key: AnswerKey) -> None:
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
    _reply(hearing, item, handle, text, None if silent else run, key.stage)


def _opt(hearing: Hearing, item: Item, *, out: bool) -> None:
    """Silence at once, in every community of this person on the connection; or its end."""
    session, ref = hearing.session, item.inbound.member_ref or ""
    known = members.handles(session, item.connection_id, ref)
    if not known:
        here = members.communities_of(session, item.connection_id)
        members.ensure(session, {(item.connection_id, community_id, ref): "" for community_id in here})
        known = members.handles(session, item.connection_id, ref)
    for handle in known:
        member = session.get_one(Member, handle.member_id)
        member.opted_out_at = (member.opted_out_at or hearing.now) if out else None
    playbooks = (_playbook(hearing, handle.community_id) for handle in known)
    playbook = next((one for one in playbooks if one is not None), None)
    if known and playbook is not None:
        _reply(hearing, item, known[0], hearing.app.render.word("stopped" if out else "started", playbook), None)


def _reply(hearing: Hearing, item: Item, handle: Handle, text: str, run: Run | None, stage: str = "") -> None:
    deliveries.plan(
        hearing.session,
        run=run,
        stage=answers.direct_stage(stage),
        target=f"handle:{handle.id}:{runs.digest16(inbound.event_key(item.inbound))}",
        body=Post(text),
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


def _playbook(hearing: Hearing, community_id: int) -> Playbook | None:
    """Any live playbook of a community: its language and tone."""
    known = rituals.live(hearing.session, community_id)
    return known[0].playbook if known else None
