"""Makes one member of a person's handles on two platforms, by a one-time code, and undoes it."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.flow import errands
from orchestrator.flow.asker import Asker
from orchestrator.ports import Post
from orchestrator.rituals.contract import Word
from orchestrator.rules import codes
from orchestrator.rules.rate import NotBefore
from orchestrator.store import links, rates
from orchestrator.store.tables import to_us

#: A code is good for so long: time to change from one platform to the other.
GOOD_FOR = timedelta(minutes=10)

#: Codes that somebody may try at once, and the time after which one more is free again.
TRIES = 5
ANOTHER_AFTER = timedelta(minutes=12)


def link(who: Asker) -> None:
    """The word alone hands out a code; with a code it links the two handles."""
    if who.rest:
        _type(who)
    else:
        _hand_out(who)


def unlink(who: Asker) -> None:
    """Every handle of theirs goes home with what it did."""
    if any(links.is_linked(who.hearing.session, handle.member_id) for handle in who.handles):
        errands.leave(who, "unlink")
    else:
        who.says(Word("not linked"))


def _hand_out(who: Asker) -> None:
    """Best effort, after the commit: the code itself is written down nowhere."""
    playbook = who.voice()
    if playbook is None:
        return
    code, now = codes.new(), who.hearing.now
    links.hand_out(who.hearing.session, who.handles[0].id, code, now + GOOD_FOR, now)
    minutes = GOOD_FOR // timedelta(minutes=1)
    text = who.hearing.app.render.text("member/code", playbook, {"code": code, "minutes": minutes})
    who.privately(Post(str(text)), f"code-{who.event_key}")


def _type(who: Asker) -> None:
    session, now, mine = who.hearing.session, who.hearing.now, who.handles
    pace = {f"tries:{mine[0].id}": (ANOTHER_AFTER // timedelta(microseconds=1), TRIES)}
    if isinstance(rates.reserve(session, who.item.connection_id, pace, to_us(now)), NotBefore):
        who.says(Word("link too often"))
        return
    code = codes.read(who.rest)
    given_to = links.take(session, code, now) if code else None
    if given_to is None:
        who.says(Word("link unknown"))
    else:
        errands.leave(who, "link", given_to)
