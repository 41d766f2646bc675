"""What members say: messages, edits, deletions and forms become contributions and answers."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.flow import answering, evidence, host_press
from orchestrator.flow.hearing import Hearing, Item
from orchestrator.flow.threads import Threads
from orchestrator.rules.answer import Act, Match, Said, by_question, read_key
from orchestrator.store import activity, answers, questions
from orchestrator.store.activity import DIRECT, FORM, REMOVED, SAID
from orchestrator.store.tables import Answer, Run, to_us

#: An edit that came before its message waits so long for it, then stands for it.
EDIT_WAITS = timedelta(seconds=10)

#: A reaction to a message that nobody knows waits so long for it: it may be on its way, or stand in another topic.
MESSAGE_WAITS = timedelta(seconds=10)

#: A longer text is cut: no platform lets a member write more (Slack: 40,000 characters).
MAX_TEXT = 40_000


def said(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A message: a contribution where it was said in a place, an answer where it belongs to a run."""
    hearing.count(item)
    if threads.match(item) is None and host_press.replied(hearing, threads, item):
        return
    match = find(hearing, threads, item)
    if match is not None:
        _take(hearing, threads, item, match)


def find(hearing: Hearing, threads: Threads, item: Item) -> Match | None:
    """The run that a message belongs to: by the post above it, or by a question asked directly."""
    if item.inbound.member_ref is None or item.inbound.message_ref is None:
        return None
    match = threads.match(item)
    if match is not None and match.place_id is not None:
        return match
    return evidence.of_reply(hearing, threads, item) if item.places else _asked(hearing, item, match)


def _asked(hearing: Hearing, item: Item, under: Match | None) -> Match | None:
    """A direct message answers the question it replies to, else the one asked last."""
    one = item.inbound
    asked = [row.question for row in answers.expected(hearing.session, item.connection_id, one.member_ref or "")]
    replied = [
        question
        for question in asked
        if under is not None and question.run_id == under.run_id and answers.asks_directly(under.stage, question.stage)
    ]
    return by_question(Said(one.place_ref), replied or asked)


def _take(hearing: Hearing, threads: Threads, item: Item, match: Match) -> None:
    """Let the run's kind hear a message that belongs to the run."""
    ref = item.inbound.message_ref or ""
    if (match.place_id, activity.number(ref)) in threads.removed:
        return
    speaker = threads.speaker(item, match.run_id)
    direct = match.by == "direct"
    act = Act(
        message_ref=ref,
        said_at=item.at,
        text=clean(item.inbound.text),
        place_id=match.place_id,
        handle_id=speaker.handle_id,
        named=not direct,  # what is told to us alone is never quoted with a name
    )
    kept = answering.answer(hearing, threads, match, speaker, act)
    if direct:
        answers.answered(hearing.session, speaker.handle_id, match.run_id, match.stage)
    if direct and kept is not None:
        fact = (activity.number(ref), DIRECT, speaker.member_id)
        answering.contribute(hearing, threads, item, match.run_id, fact)


def edited(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A new wording of an answer changes it, and so it does an open question; of anything else, nothing."""
    if item.inbound.message_ref is None:
        return
    row = _answer_of(hearing, item)
    if row is not None:
        answering.reword(hearing, threads, item, row, clean(item.inbound.text))
        return
    if item.places:
        place_ids = [place.place_id for place in item.places]
        questions.reword(hearing.session, place_ids, item.inbound.message_ref, item.inbound.text or "")
    match = find(hearing, threads, item)
    if match is None or _is_known(hearing, item):
        return
    if not hearing.look_again(item, EDIT_WAITS) and match.place_id is not None:
        _take(hearing, threads, item, match)  # the message itself was never told


def deleted(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A deleted answer is removed, and the run's story says so; a contribution stays counted."""
    if item.inbound.message_ref is None:
        return
    ref, at = activity.number(item.inbound.message_ref), to_us(item.at)
    for place in item.places:
        day = hearing.known.day(place, at)
        hearing.facts.append((place.place_id, ref, REMOVED, 0, 0, day, at, None, None, 0, 0))
        activity.mark_gone(hearing.session, place.place_id, ref)
        threads.removed.add((place.place_id, ref))
    row = _answer_of(hearing, item)
    if row is not None:
        answering.remove(hearing, threads, row)


def submitted(hearing: Hearing, threads: Threads, item: Item) -> None:
    """A form of ours: an answer, or a correction of one; a host's is the new text of what they were asked."""
    if host_press.submitted(hearing, threads, item):
        return
    data = item.inbound.data
    key = read_key(str(data.get("key", "")))
    run = answers.run_by_code(hearing.session, key.code) if key else None
    text = clean(str(data.get("text") or item.inbound.text or ""))
    if key is None or run is None or item.inbound.member_ref is None or not text.strip():
        return
    place_id = _place_of_form(hearing, threads, item, run)
    speaker = threads.speaker(item, run.id)
    named = bool(data.get("named", True))
    act = Act(None, item.at, text, place_id, speaker.handle_id, named=named)
    kept = answering.answer(hearing, threads, Match(run.id, key.stage, "form", place_id), speaker, act)
    if kept is not None:
        threads.write()  # gives it its id
        answer_id = answers.id_of(hearing.session, *kept)
        answering.contribute(hearing, threads, item, run.id, (answer_id, FORM, speaker.member_id))


def reacted(hearing: Hearing, _threads: Threads, item: Item) -> None:
    """A reaction is a fact, never a contribution. Its message tells its topic, where the platform does not."""
    if not item.places and hearing.known.everywhere(item.connection_id, item.inbound.place_ref):
        hearing.look_again(item, MESSAGE_WAITS)
    hearing.count(item)


def clean(text: str | None) -> str:
    """A member's text as a database keeps it: without NUL and halves of characters, and not endless."""
    whole = (text or "").replace("\x00", "")[:MAX_TEXT]
    return whole if whole.isascii() else whole.encode("utf-8", "replace").decode()


def _place_of_form(hearing: Hearing, threads: Threads, item: Item, run: Run) -> int | None:
    """Where the form was opened, else where the run was posted on that connection."""
    community_id = threads.run(run.id)[1].community.id
    for place in item.places:
        if place.community_id == community_id:
            return place.place_id
    found = answers.place_of(hearing.session, run.id, item.connection_id)
    return None if found is None or found.connection_id != item.connection_id else found.id


def _answer_of(hearing: Hearing, item: Item) -> Answer | None:
    one = item.inbound
    hearing.session.flush()
    place_ids = [place.place_id for place in item.places]
    if not place_ids and one.member_ref is None:
        return None
    return answers.of_message(hearing.session, item.connection_id, one.message_ref or "", place_ids, one.member_ref)


def _is_known(hearing: Hearing, item: Item) -> bool:
    """Was the message itself told before its edit, as a mere reply?"""
    ref = activity.number(item.inbound.message_ref or "")
    return any(activity.knows(hearing.session, place.place_id, ref, SAID) for place in item.places)
