"""What members' acts prove of our own posts: an answer or a press shows that a lost reply was a success."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.flow import opened, unsure
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.rules.answer import AnswerKey, Match, read_key
from orchestrator.store import activity, answers, deliveries, polls
from orchestrator.store.tables import Delivery

#: A reply to a post whose receipt we do not have yet waits so long: an unknown outcome is settled
#: within 60 s, a lease ends within 20 s.
RECEIPT_WAITS = timedelta(minutes=2)


def of_reply(hearing: Hearing, threads: Threads, item: Item) -> Match | None:
    """The run of a post of ours that we did not know to have arrived, from a reply to it.

    While a post is on its way to that place the reply waits, for it may be a reply to that one; where none is any
    more, its receipt may have come a moment ago. Where the platform shows the key of the button above the reply, it
    names the run: of a repeated post the copy that we do not know too.
    """
    one = item.inbound
    if not one.to_us or not (one.reply_to_ref or one.thread_ref):
        return None
    key = read_key(str(one.data.get("under", "")))
    for place in item.places:
        row = _named(hearing, item, place.place_id, key) if key else _settled(hearing, item, place.place_id)
        if row is not None and row.run_id is not None:
            return Match(row.run_id, row.stage, "reply", place.place_id)
        if answers.on_its_way(hearing.session, place.place_id):
            hearing.look_again(item, RECEIPT_WAITS)
            return None
    return threads.match_again(item)


def _named(hearing: Hearing, item: Item, place_id: int, key: AnswerKey) -> Delivery | None:
    """The post that the key names; it is sent now, if that was in doubt."""
    ref = item.inbound.reply_to_ref or ""
    row = _sent(hearing, deliveries.evidence(hearing.session, place_id, ref, hearing.now, *key))
    return row or answers.named_post(hearing.session, place_id, *key)


def _settled(hearing: Hearing, item: Item, place_id: int) -> Delivery | None:
    """Where posts can be read back by their key, nothing is concluded from a reply alone."""
    ref, adapter = item.inbound.reply_to_ref, hearing.adapter(item.connection_id)
    if ref is None or adapter is None or adapter.capabilities.reads_back:
        return None
    last = answers.last_message(hearing.session, place_id)
    if last is not None and activity.number(ref) <= activity.number(last):
        return None  # an old message of ours, from before what is on its way
    return _sent(hearing, deliveries.evidence(hearing.session, place_id, ref, hearing.now))


def of_press(hearing: Hearing, item: Item, key: AnswerKey) -> None:
    """A button with the run's key was pressed under a message: that message is our post."""
    if item.inbound.message_ref is not None:
        for place in item.places:
            ref = item.inbound.message_ref
            _sent(hearing, deliveries.evidence(hearing.session, place.place_id, ref, hearing.now, *key))


def of_vote(hearing: Hearing, item: Item, poll_ref: str, options: tuple[int, ...]) -> Delivery | None:
    """The poll of ours that a vote is in. None: nobody knows, or its receipt may be on the way; then the vote waits.

    Telegram tells a bot of votes in its own polls alone. So a poll that we do not know is one whose reply was lost:
    where one alone can be meant it stands, or stands a second time.
    """
    session, connection_id = hearing.session, item.connection_id
    row = polls.by_ref(session, connection_id, poll_ref)
    if row is None and polls.on_its_way(session, connection_id):
        hearing.look_again(item, RECEIPT_WAITS)
        return None
    row = row or polls.by_ref(session, connection_id, poll_ref)  # its receipt may have come a moment ago
    if row is not None:
        return row
    found = polls.perhaps(session, connection_id, max(options, default=-1) + 1, hearing.now)
    if len(found) != 1:
        hearing.look_again(item, RECEIPT_WAITS)
        return None
    (row,) = found
    if row.state != "sent" and polls.stands(session, row, poll_ref, hearing.now):
        _sent(hearing, row)
    return row


def _sent(hearing: Hearing, row: Delivery | None) -> Delivery | None:
    if row is not None:
        unsure.expect_copies(hearing.app, hearing.session, row, hearing.now)
        hearing.stages += opened.after_sent(hearing.session, row, hearing.now)
    return row
