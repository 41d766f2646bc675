"""The scenes among people: votes, welcomes, words with approval, posts taken back, links, and who is forgotten."""

from __future__ import annotations

import re
from functools import partial

from sqlalchemy import func, select

from orchestrator.flow import bring_forward
from orchestrator.flow.hold import hold
from orchestrator.store import follow_ups
from orchestrator.store.tables import Handle, Run
from tests.faults import ledger, proofs, square
from tests.faults.breaks import NO_REPLY, Break, scene
from tests.faults.guests import Guests
from tests.faults.play import Play
from tests.faults.square import BACKSTAGE, CHANNEL, CHAT, OPTIONS

#: The button of a greeting: in the newcomer's language, or in the playbook's where the process that read their
#: profile died over it.
ACCEPT = ("J’accepte la charte", "I accept the charter")


def voted(play: Play, number: int, broken: Break) -> None:
    """A vote on both platforms, with changed minds, duplicates and disorder; closed, and its results told."""
    guests, question = Guests(play, number), f"Vote r{number:02} ?"
    on_slack = [guests.on_slack(name) for name in ("Ada", "Bo", "Cy")]
    on_telegram = [guests.on_telegram(name, which) for which, name in enumerate(("Di", "Ed", "Flo"))]
    broken.at(play, "asked")
    run_id = hold(play.world.app, square.NAME, f"v{number:02}")
    polls = partial(_polls, play, question)
    play.until(f"{question} to stand", lambda: guests.post(CHANNEL, question, OPTIONS[0]) and polls())
    broken.at(play, "voted")
    last = _everybody_votes(play, guests, question, (on_slack, on_telegram))
    play.until("the votes to be heard", lambda: ledger.settled(play.world))
    broken.at(play, "closed")
    bring_forward.close_now(play.world.app, square.NAME, f"v{number:02}")
    play.until(
        f"the results of {question}", lambda: guests.post(CHANNEL, f"We voted: *{question}*") and _told(play, question)
    )
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        proofs.each_vote_once(verdict, play.world, run_id, last)
        proofs.once_on_slack(verdict, play.world, CHANNEL, question, wanted=2)
        proofs.once_on_slack(verdict, play.world, CHANNEL, f"We voted: *{question}*")
        proofs.once_on_telegram(verdict, play.world, question, run_id, poll=True)
        proofs.once_on_telegram(verdict, play.world, question, run_id)

    play.proofs.append(proof)


def _everybody_votes(play: Play, guests: Guests, question: str, people: tuple[list[str], list[int]]) -> dict[str, int]:
    """Each votes for two options, one after the other; gives who voted for which in the end."""
    last = {}
    post = guests.post(CHANNEL, question, OPTIONS[0])
    assert post is not None
    for which, who in enumerate(people[0]):
        first, then = play.rng.sample(range(len(OPTIONS)), 2)
        if which == 0:
            guests.changes_mind(who, post["ts"], OPTIONS[first], OPTIONS[then])
        else:
            guests.presses(who, CHANNEL, post["ts"], OPTIONS[first])
            guests.presses(who, CHANNEL, post["ts"], OPTIONS[then])
        last[who] = then
    for member in people[1]:
        first, then = play.rng.sample(range(len(OPTIONS)), 2)
        guests.votes(member, _polls(play, question)[-1], first)
        guests.votes(member, _polls(play, question)[-1], then)
        last[str(member)] = then
    return last


def _polls(play: Play, question: str) -> list[str]:
    """Telegram's polls with that question, as it calls them."""
    ours = play.world.telegram.ours(CHAT)
    return [one.poll.id for one in ours if one.poll is not None and one.poll.question == question]


def _told(play: Play, text: str) -> bool:
    return any(text in one.text for one in play.world.telegram.ours(CHAT))


def welcomed(play: Play, number: int, broken: Break) -> None:
    """Somebody joins on each platform, is greeted, and accepts the charter."""
    guests, name, other = Guests(play, number), f"Nadia{number:02}", f"Omar{number:02}"
    broken.at(play, "joined")
    nadia = guests.joins_slack(name)
    guests.joins_telegram(other, 9)
    omar = str(10_000 + 100 * number + 9)
    play.until(f"{name} to be greeted", lambda: _button_of(guests, nadia))
    play.until(f"{other} to be greeted", lambda: _told(play, other))
    broken.at(play, "accepted")
    if button := _button_of(guests, nadia):
        guests.presses(nadia, guests.chat(nadia), *button)
    for posted in [one for one in play.world.telegram.ours(CHAT) if other in one.text][-1:]:
        play.world.telegram.presses(int(omar), CHAT, posted.message_id, ACCEPT[-1])
        play.ana.taken()
    play.until(f"{name}'s button to go", lambda: not _button_of(guests, nadia))
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        proofs.once_on_slack(verdict, play.world, guests.chat(nadia), square.CHARTER)
        proofs.once_on_telegram(verdict, play.world, other, _welcome(play, omar))
        proofs.accepted(verdict, play.world, nadia)
        proofs.accepted(verdict, play.world, omar)

    play.proofs.append(proof)


def _button_of(guests: Guests, newcomer: str) -> tuple[str, str] | None:
    """The greeting that still asks on Slack, and its button's label; None where there is none."""
    greeted = ((guests.post(guests.chat(newcomer), square.CHARTER, label), label) for label in ACCEPT)
    return next(((post["ts"], label) for post, label in greeted if post is not None), None)


def _welcome(play: Play, ref: str) -> int:
    """The run that greets them, 0 when there is none."""
    with play.world.store.read() as session:
        member_id = session.scalar(select(Handle.member_id).where(Handle.ref == ref))
        runs = session.scalars(select(Run))
        return next((run.id for run in runs if member_id and run.facts.get("member_id") == member_id), 0)


def nudged(play: Play, number: int, broken: Break) -> None:
    """Two members are to be written to; the hosts agree once, told twice; one says stop before that."""
    guests, about = Guests(play, number), "Somebody answered a question of yours"
    askers = [guests.on_slack(f"{name}{number:02}") for name in ("Gus", "Hope")]
    for who in askers:
        asked = guests.says(who, "How did you set your first price?")
        guests.says(guests.on_slack("Ivy"), "I doubled it.", under=asked)
    play.until("the answers to be made out", lambda: derived(play))
    broken.at(play, "asked")
    hold(play.world.app, square.NAME, f"n{number:02}")
    play.until("the hosts to be asked", lambda: guests.request("Send"))
    request = guests.request("Send")
    early = [about in str(one) for who in askers for one in _direct(play, guests, who)]
    guests.says(askers[0], "stop", directly=True)
    play.until("the stop to be heard", lambda: ledger.settled(play.world))
    broken.at(play, "approved")
    if request is not None:
        guests.presses(square.HOST, BACKSTAGE, request["ts"], "Send")
    play.until("the word to arrive", lambda: guests.post(guests.chat(askers[1]), about))
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        verdict.note("sent before the hosts agreed", doubled=sum(early))
        proofs.once_on_slack(verdict, play.world, guests.chat(askers[0]), about, wanted=0)
        proofs.once_on_slack(verdict, play.world, guests.chat(askers[1]), about)
        proofs.once_on_slack(verdict, play.world, BACKSTAGE, f"Hope{number:02}")

    play.proofs.append(proof)


def _direct(play: Play, guests: Guests, who: str) -> list[dict[str, object]]:
    space = play.world.slack.workspace
    return [one for one in space.messages[guests.chat(who)] if one.get("user") == space.bot]


def derived(play: Play, *refs: str) -> bool:
    """Is everything derived from what was said, and are these people known by name?"""
    with play.world.store.read() as session:
        known = select(func.count(Handle.id)).where(Handle.ref.in_(refs), Handle.name != "")
        told = session.scalar(known) == len(refs)
        return told and ledger.settled(play.world) and not follow_ups.waiting(session, play.world.app.now(), 1)


def taken_back(play: Play, number: int, broken: Break) -> None:
    """A host takes a post back; it goes from both platforms, and nothing of it is said again."""
    guests, question = Guests(play, number), f"Mistake r{number:02} ?"
    run_id = hold(play.world.app, square.NAME, f"t{number:02}")
    play.until(f"{question} to stand", lambda: guests.post(CHANNEL, question) and _told(play, question))
    play.until("nothing to be under way", lambda: ledger.settled(play.world))
    broken.at(play, "taken back")
    play.world.command("take-back", f"{square.NAME}/t{number:02}")
    stands = partial(_stands, play, guests, question)
    play.until(f"{question} to be gone", lambda: not stands())
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        verdict.note(f"{question} stands after it was taken back", doubled=int(stands()))
        proofs.once_on_slack(verdict, play.world, CHANNEL, question)
        proofs.once_on_telegram(verdict, play.world, question, run_id)

    play.proofs.append(proof)


def _stands(play: Play, guests: Guests, text: str) -> bool:
    on_telegram = any(text in one.text and not one.removed for one in play.world.telegram.ours(CHAT))
    return on_telegram or guests.post(CHANNEL, text) is not None


def linked(play: Play, number: int, broken: Break) -> None:
    """Somebody makes one of their two accounts, by a code."""
    guests = Guests(play, number)
    here, there = guests.on_slack("Jo"), guests.on_telegram("Jo", 7)
    guests.says(here, "Good morning.")
    guests.tells(there, "Good evening.")
    guests.says(here, "link", directly=True)
    play.until("a code", lambda: _code(guests, here))
    broken.at(play, "typed")
    guests.tells(there, f"link {_code(guests, here)}", there)
    broken.wait(play)
    refs = (here, str(there))
    play.proofs.append(lambda verdict: proofs.one_member(verdict, play.world, refs, 2))


def _code(guests: Guests, who: str) -> str:
    post = guests.post(guests.chat(who), "Your code is")
    found = re.search(r"link ([A-Z0-9-]+)", post["text"]) if post else None
    return found.group(1) if found else ""


def forgotten(play: Play, number: int, broken: Break) -> None:
    """Somebody is forgotten; what the platform then tells again brings nobody back."""
    guests, secret = Guests(play, number), f"My secret r{number:02}"
    who = guests.on_slack("Kim")
    guests.says(who, secret)
    said = play.world.slack.delivered[-1]
    guests.says(who, "forget me", directly=True)
    play.until("the question whether they mean it", lambda: guests.post(guests.chat(who), "", "Forget me"))
    broken.at(play, "confirmed")
    asked = guests.post(guests.chat(who), "", "Forget me")
    if asked is not None:
        guests.presses(who, guests.chat(who), asked["ts"], "Forget me")
    confirmed = play.world.slack.delivered[-1]
    play.until(f"{who} to be forgotten", lambda: not _known(play, who))
    broken.wait(play)
    for told in (said, confirmed):
        guests.tells_again(told)
    play.proofs.append(lambda verdict: proofs.nothing_of(verdict, play.world, who, secret))


def _known(play: Play, ref: str) -> bool:
    with play.world.store.read() as session:
        return session.scalar(select(Handle.id).where(Handle.ref == ref)) is not None


POLLS = [
    scene(voted, "prepare.before_commit", "asked"),
    scene(voted, "deliver.after_send", "asked"),
    scene(voted, "receive.before_commit", "voted"),
    scene(voted, "receive.after_commit", "voted"),
    scene(voted, "deliver.after_outcome", "closed"),
    scene(voted, NO_REPLY, "closed"),
]
WELCOMES = [
    scene(welcomed, "receive.before_commit", "joined"),
    scene(welcomed, "deliver.after_send", "joined"),
    scene(welcomed, "receive.after_commit", "accepted"),
    scene(welcomed, NO_REPLY, "accepted"),  # when joining, it would be the name that is lost: greeted without
]
NUDGES = [
    scene(nudged, "prepare.before_commit", "asked"),
    scene(nudged, "receive.before_commit", "approved"),
    scene(nudged, "deliver.after_send", "approved"),
]
OTHERS = [
    scene(taken_back, "deliver.before_send", "taken back"),
    scene(taken_back, "deliver.after_send", "taken back"),
    scene(linked, "errands.before_commit", "typed"),
    scene(forgotten, "erase.told", "confirmed"),
    scene(forgotten, "erase.before_commit", "confirmed"),
]
EVERY = [*POLLS, *WELCOMES, *NUDGES, *OTHERS]
