"""Makes one member of a person's handles on two platforms, by a one-time code, and undoes it."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.flow import errands
from orchestrator.flow.asker import Asker
from orchestrator.ports import Post
from orchestrator.rituals.contract import Word
from orchestrator.rules import codes
from orchestrator.store import links

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
    if who.asks_too_often("tries", TRIES, ANOTHER_AFTER):
        who.says(Word("link too often"))
        return
    code = codes.read(who.rest)
    given_to = links.take(who.hearing.session, code, who.hearing.now) if code else None
    if given_to is None:
        who.says(Word("link unknown"))
    else:
        errands.leave(who, "link", given_to)
