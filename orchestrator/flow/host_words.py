"""The words that hosts say to us in their space: pause, resume, next, skip, hold, why, take back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from orchestrator import log
from orchestrator.errors import TertuliaError
from orchestrator.flow import ask, asker, decisions, due, effects, hold, host_note, host_why, pause, prepare, take_back
from orchestrator.flow.decisions import Said
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.host_note import Note
from orchestrator.flow.threads import Threads
from orchestrator.ports import Notice
from orchestrator.render.renderer import readable
from orchestrator.rules import host_words
from orchestrator.rules.host_words import Act
from orchestrator.rules.reasons import Reason
from orchestrator.store import approvals, inbound, posted, rituals, runs, upcoming
from orchestrator.store.rituals import Known
from orchestrator.store.tables import Member, Run, Space

logger = log.get("hosts")

#: How many of the coming moments `next` tells.
COMING = 5

#: So long the answer to `hold` waits for what the guardrails say, which takes a moment.
GUARDRAILS = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Host:
    """A host who said a word in the hosts' space: who, what about, and the live rituals of their community."""

    hearing: Hearing
    item: Item
    name: str
    live: Sequence[Known]
    rest: str
    one: Known | None = None  # the ritual they named

    @property
    def once(self) -> str:
        """What this very word is known by: told again, it is answered once."""
        return inbound.event_key(self.item.inbound)


def heard(hearing: Hearing, _threads: Threads, item: Item) -> bool:
    """Obey a host's word, or refuse it to anybody else; False for any other word."""
    said = host_words.read(str(item.inbound.data.get("word", "")), str(item.inbound.data.get("rest", "")))
    if said is None or item.inbound.member_ref is None:
        return False
    if host_note.was_answered(hearing.session, item):  # told again, "pause" must not undo the "resume" after it
        return True
    for place, member_id in hearing.present(item):
        live = rituals.live(hearing.session, place.community_id)
        member = hearing.session.get_one(Member, member_id)
        space = hearing.session.get_one(Space, place.space_id).name
        if live and member.is_host and live[0].playbook.hosts and live[0].playbook.hosts.space == space:
            _obey(Host(hearing, item, decisions.called(member), live, said.rest), said.act)
            return True
    _refuse(hearing, item)
    return True


def _obey(host: Host, act: Act) -> None:
    paths = [f"{one.above.name}/{one.row.name}" for one in host.live]
    if host.rest:
        path = host_words.named(host.rest, paths)
        if path is None:
            _answer(host, "unknown ritual")
            return
        one = host.live[paths.index(path)]
        host = Host(host.hearing, host.item, host.name, host.live, host.rest, one)
    ACTS[act](host)


def _pause(host: Host) -> None:
    pause.silence([host.one.row] if host.one else [host.live[0].community], host.hearing.now)
    _tell(host, "paused" if host.one else "paused all")


def _resume(host: Host) -> None:
    session, now = host.hearing.session, host.hearing.now
    if host.one is not None:
        pause.end_silence(session, [host.one.row], now)
        _tell(host, "still paused" if host.one.is_paused else "resumed")
        return
    pause.end_silence(session, [host.live[0].community], now)
    quiet = [readable(one.row.name) for one in host.live if one.is_paused]
    _tell(host, "resumed all", names=quiet)


def _next(host: Host) -> None:
    """What comes next: runs that are made, and each ritual's next moment."""
    session, now = host.hearing.session, host.hearing.now
    wanted = {one.row.id: one for one in ([host.one] if host.one else host.live)}
    coming = [
        {"ritual": readable(one.row.name), "when": one.row.next_due_at, "paused": one.is_paused, "asked": False}
        for one in wanted.values()
        if one.row.next_due_at is not None
    ]
    for run in upcoming.made(session, wanted, now):
        one = wanted[run.ritual_id]
        asked = run.reason == Reason.AWAITING_APPROVAL
        coming.append({"ritual": readable(one.row.name), "when": run.due_at, "paused": one.is_paused, "asked": asked})
    coming.sort(key=lambda each: (str(each["when"]), str(each["ritual"])))
    render, playbook = host.hearing.app.render, host.live[0].playbook
    _say(host, str(render.text("hosts/next", playbook, {"coming": coming[:COMING]})))


def _skip(host: Host) -> None:
    """The next run is not held: the one that is made already, else the one that would be made."""
    session, now, one = host.hearing.session, host.hearing.now, host.one
    if one is None:
        _answer(host, "which ritual")
        return
    made = next(iter(upcoming.made(session, [one.row.id], now)), None)
    if made is None and one.row.next_due_at is None:
        _answer(host, "nothing to skip")
        return
    at = one.row.next_due_at
    if made is None and not due.skip_next(session, one, host.name, now):
        made = next(iter(upcoming.made(session, [one.row.id], now)), None)  # the clock was quicker
    if made is not None:
        at = made.due_at
        _refuse_run(host, made)
    _tell(host, "skipped", when=at)


def _refuse_run(host: Host, run: Run) -> None:
    session, now = host.hearing.session, host.hearing.now
    request = approvals.latest(session, run.id)
    if request is not None:  # in the order in which a decision takes them
        request = approvals.to_decide(session, request.code)
    effects.lock(session, run)
    if run.state != "made":
        return
    runs.end(session, run, Reason.REFUSED, now, by=host.name)
    if request is not None:
        approvals.overrule(session, request, host.name, now)
        decisions.tell_later(session, run, now)
        host.hearing.stages += runs.due_stages(session, [run.id], now)


def _hold(host: Host) -> None:
    """Hold it now; what the guardrails say of it is told once they have spoken, after the commit."""
    if host.one is None:
        _answer(host, "which ritual")
        return
    app, session, now, one = host.hearing.app, host.hearing.session, host.hearing.now, host.one
    run_id = hold.make(session, one, now, {})
    stages = runs.due_stages(session, [run_id], now)
    # Planned with the run: whoever dies before the guardrails have spoken, the word told again holds nothing twice.
    on_its_way = host_why.told(app, session, one, session.get_one(Run, run_id))
    host_note.answer(session, host.item, on_its_way, now, wait=GUARDRAILS)

    def go() -> None:
        try:
            app.ring("deliver", prepare.prepare_all(app, stages))
            with app.store.write() as session:
                text = host_why.told(app, session, one, session.get_one(Run, run_id))
                found = host_note.reword(session, host.item, text, app.now())
            app.ring("deliver", sorted(found))
        except TertuliaError as error:
            logger.info("hosts.unanswered", error=str(error))

    host.hearing.afterwards.append(go)


def _why(host: Host) -> None:
    if host.one is None:
        _answer(host, "which ritual")
        return
    run = runs.latest(host.hearing.session, host.one.row.id)
    _say(host, host_why.told(host.hearing.app, host.hearing.session, host.one, run))


def _take_back(host: Host) -> None:
    """The last post of a ritual, or of any; the note in the hosts' space tells them."""
    session = host.hearing.session
    known = {one.row.id: one for one in ([host.one] if host.one else host.live)}
    run = posted.last_run(session, known)
    said = Said("too late to take back", host.live[0].playbook)
    if run is not None:
        about = rituals.of_runs(session, [run])[run.id]
        said, connections = take_back.take_back(host.hearing.app, session, about, run, host.name)
        host.hearing.connections |= connections
        host.hearing.stages += runs.due_stages(session, [run.id], host.hearing.now)
    if said.what != "taken back":
        _say(host, decisions.sentence(host.hearing.app.render, said))


ACTS: Mapping[Act, Callable[[Host], None]] = {
    Act.PAUSE: _pause,
    Act.RESUME: _resume,
    Act.NEXT: _next,
    Act.SKIP: _skip,
    Act.HOLD: _hold,
    Act.WHY: _why,
    Act.TAKE_BACK: _take_back,
}


def _values(host: Host, what: str, **more: object) -> dict[str, object]:
    known = {"what": what, "by": host.name, "when": "", "names": [readable(one.row.name) for one in host.live]}
    return {**known, "ritual": readable(host.one.row.name) if host.one else host.rest, **more}


def _tell(host: Host, what: str, **more: object) -> None:
    """What a host changed is told in the whole space, on every platform."""
    note = Note("hosts/word", _values(host, what, **more), host.once)
    host.hearing.connections |= host_note.note(host.hearing.app, host.hearing.session, host.live[0], note)


def _answer(host: Host, what: str) -> None:
    text = host.hearing.app.render.text("hosts/word", host.live[0].playbook, _values(host, what))
    _say(host, str(text))


def _say(host: Host, text: str) -> None:
    """Answer where the word was said."""
    host.hearing.connections |= host_note.answer(host.hearing.session, host.item, text, host.hearing.now)


def _refuse(hearing: Hearing, item: Item) -> None:
    """A word for hosts, said by somebody else or elsewhere: a kind no that nobody else reads."""
    who = asker.find(hearing, item, "")
    trigger = item.inbound.data.get("trigger_ref")
    if not trigger:
        who.tells("hosts/said", {"what": "hosts only", "by": "", "names": ()})
        return
    for handle in who.handles:
        live = rituals.live(hearing.session, handle.community_id)
        if live:
            text = decisions.sentence(hearing.app.render, Said("hosts only", live[0].playbook))
            ask.afterwards(hearing, item, Notice(str(trigger), text), "hosts only")
            return
