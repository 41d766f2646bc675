"""What hosts do with a request: its buttons, the form behind "edit", and a reply that is the new text."""

from __future__ import annotations

from orchestrator.flow import amend, ask, decisions, evidence, host_note, take_back
from orchestrator.flow.decisions import Said
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.ports import Form, Notice
from orchestrator.render import Renderer
from orchestrator.rules.answer import AnswerKey
from orchestrator.store import answers, approvals, deliveries, runs
from orchestrator.store.tables import Approval, Member

#: The key of the form behind "edit"; the request's code follows.
EDIT = "edit-"

#: Characters of a form's field (https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/).
FIELD = 3_000


def approve(hearing: Hearing, threads: Threads, item: Item, code: str) -> None:
    """A host agrees to exactly what the request showed."""
    _decide(hearing, threads, item, code, yes=True)


def skip(hearing: Hearing, threads: Threads, item: Item, code: str) -> None:
    """A host decides that nothing is sent."""
    _decide(hearing, threads, item, code, yes=False)


def without(hearing: Hearing, threads: Threads, item: Item, rest: str) -> None:
    """A host leaves somebody out."""
    _tick(hearing, threads, item, rest, keep=False)


def with_(hearing: Hearing, threads: Threads, item: Item, rest: str) -> None:
    """A host takes somebody in again."""
    _tick(hearing, threads, item, rest, keep=True)


def edit(hearing: Hearing, threads: Threads, item: Item, code: str) -> None:
    """A host wants another text: a form with the present one, or, where there is no form, a reply is awaited."""
    session = hearing.session
    request = approvals.to_change(session, code)
    if request is None:
        return
    about, who = decisions.of(session, request), _who(hearing, threads, item, request)
    if request.state != "asked":
        _tell(hearing, item, decisions.settled(about))
        return
    if decisions.name(session, about.known, who) is None:
        _tell(hearing, item, decisions.not_yours(about.known))
        return
    text, several = amend.texts_of(hearing.app, session, request)
    adapter, trigger = hearing.adapter(item.connection_id), item.inbound.data.get("trigger_ref")
    if adapter is not None and adapter.capabilities.forms and trigger and len(text) <= FIELD:
        said = Said("how to edit several", about.known.playbook) if several > 1 else None
        ask.afterwards(hearing, item, _form(hearing, request, str(trigger), text, said), EDIT + request.code)
        return
    request.editors = sorted({*request.editors, who})
    _tell(hearing, item, Said("reply with several" if several > 1 else "reply with it", about.known.playbook))


def submitted(hearing: Hearing, threads: Threads, item: Item) -> bool:
    """The form behind "edit" came back; False for any other form."""
    key = str(item.inbound.data.get("key", ""))
    if not key.startswith(EDIT) or item.inbound.member_ref is None:
        return False
    request = approvals.by_code(hearing.session, key.removeprefix(EDIT))
    if request is not None:
        _edit(hearing, threads, item, request)
    return True


def replied(hearing: Hearing, threads: Threads, item: Item) -> bool:
    """A reply under a request, by a host who pressed "edit", is the new text; False for any other message."""
    one = item.inbound
    ref = one.reply_to_ref or one.thread_ref
    if not item.places or ref is None or one.member_ref is None:
        return False
    for place in item.places:
        post = deliveries.by_message(hearing.session, place.place_id, ref)
        if post is None or post.run_id is None:
            continue
        _, _, asked_as = post.stage.partition("approval-")
        request = approvals.asked_by(hearing.session, post.run_id, asked_as) if asked_as else None
        if request is not None and _who(hearing, threads, item, request) in request.editors:
            _edit(hearing, threads, item, request)
            return True
    return False


def back(hearing: Hearing, threads: Threads, item: Item, code: str) -> None:
    """A host takes back what was posted with the hosts' word."""
    request = approvals.by_code(hearing.session, code)
    if request is None:
        return
    _, run, known = decisions.of(hearing.session, request)
    member = hearing.session.get_one(Member, threads.speaker(item, run.id).member_id)
    by = decisions.called(member) if member.is_host else decisions.name(hearing.session, known, member.id)
    if by is None:
        _tell(hearing, item, decisions.not_yours(known))
        return
    said, connections = take_back.take_back(hearing.app, hearing.session, known, run, by)
    _ring(hearing, run.id, connections)
    _tell(hearing, item, said)


def _decide(hearing: Hearing, threads: Threads, item: Item, code: str, *, yes: bool) -> None:
    """A host approves or refuses; the presser alone reads what came of it."""
    request = approvals.by_code(hearing.session, code)
    if request is None:
        return
    who = _who(hearing, threads, item, request)
    said = decisions.decide(hearing.session, code, who, yes, hearing.now)
    _ring(hearing, request.run_id, set())
    _tell(hearing, item, said)


def _tick(hearing: Hearing, threads: Threads, item: Item, rest: str, *, keep: bool) -> None:
    code, _, member_id = rest.partition("-")
    request = approvals.by_code(hearing.session, code)
    if request is None or not member_id.isdecimal():
        return
    who = _who(hearing, threads, item, request)
    said, connections = amend.tick(hearing.app, hearing.session, code, int(member_id), keep, who)
    _ring(hearing, request.run_id, connections)
    _tell(hearing, item, said)


def _edit(hearing: Hearing, threads: Threads, item: Item, request: Approval) -> None:
    who = _who(hearing, threads, item, request)
    text = str(item.inbound.data.get("text") or item.inbound.text or "")
    said, connections = amend.edit(hearing.app, hearing.session, request.code, text, who)
    _ring(hearing, request.run_id, connections)
    if said.what != "edited":  # the new request says so itself
        _answer(hearing, item, said)


def _who(hearing: Hearing, threads: Threads, item: Item, request: Approval) -> int:
    """Who acts; that they saw the request proves that it arrived."""
    run = threads.run(request.run_id)[0]
    if item.inbound.kind == "pressed":
        evidence.of_press(hearing, item, AnswerKey(run.code))
    return threads.speaker(item, run.id).member_id


def _ring(hearing: Hearing, run_id: int, connections: set[int]) -> None:
    hearing.stages += runs.due_stages(hearing.session, [run_id], hearing.now)
    hearing.connections |= connections | answers.connections_due(hearing.session, run_id)


def _tell(hearing: Hearing, item: Item, said: Said) -> None:
    """The presser alone reads what came of it."""
    trigger = item.inbound.data.get("trigger_ref")
    if trigger:
        notice = Notice(str(trigger), decisions.sentence(hearing.app.render, said))
        ask.afterwards(hearing, item, notice, f"notice-{said.code}")


def _answer(hearing: Hearing, item: Item, said: Said) -> None:
    """Answer a form to its writer alone, a reply in the hosts' space."""
    text = decisions.sentence(hearing.app.render, said)
    if item.inbound.kind == "submitted":
        ask.afterwards(hearing, item, Notice("", text), f"notice-{said.code}")
    else:
        hearing.connections |= host_note.answer(hearing.session, item, text, hearing.now)


def _form(hearing: Hearing, request: Approval, trigger: str, text: str, how: Said | None) -> Form:
    about = decisions.of(hearing.session, request)
    render: Renderer = hearing.app.render

    def word(name: str) -> str:
        return render.word(name, about.known.playbook)

    return Form(
        trigger_ref=trigger,
        key=EDIT + request.code,
        title=word("edit title"),
        question="" if how is None else decisions.sentence(render, how),
        label=word("edit label"),
        unnamed_label="",
        notice="",
        submit=word("edit submit"),
        cancel=word("form cancel"),
        value=text,
    )
