"""The scenes of consent: ticks, buttons under a nudge, "stop" after the hosts agreed, and hosts' words."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from orchestrator.flow.hold import hold
from orchestrator.store.tables import Delivery, Handle, Member
from tests.faults import halls, hours, ledger, proofs
from tests.faults.breaks import Break, scene
from tests.faults.gatherings import derived
from tests.faults.guests import Guests
from tests.faults.play import Play

ABOUT = "Somebody answered a question of yours"
LATER, STOP = "Not now", "Stop writing to me"


def _ask(play: Play, guests: Guests, *names: str) -> list[str]:
    """Each asked something that Ivy answered; all of it is made out."""
    askers = [guests.on_slack(name) for name in names]
    ivy = guests.on_slack("Ivy")
    for who in askers:
        guests.says(ivy, "I doubled it.", under=guests.says(who, "How did you set your first price?"))
    play.until("the answers to be made out", lambda: derived(play))
    return askers


def _agrees(play: Play, guests: Guests) -> None:
    """The host agrees, with a double click that is told twice."""
    play.until("the hosts to be asked", lambda: guests.request("Send"))
    if request := guests.request("Send"):
        guests.clicks_twice(guests.here.host, guests.here.backstage, request["ts"], "Send")


def postponed(play: Play, number: int, broken: Break) -> None:
    """Nudges: hosts tick one off, one says "not now", one says "stop"; a week later the hosts are told."""
    here = halls.hall(number)
    guests = Guests(play, number, here)
    ann, bea, cleo = _ask(play, guests, "Ann", "Bea", "Cleo")
    run_id = hold(play.world.app, here.name, "word")
    play.until("the hosts to be asked", lambda: guests.request("☑ Cleo"))
    broken.at(play, "ticked")
    if request := guests.request("☑ Cleo"):
        guests.presses(here.host, here.backstage, request["ts"], "☑ Cleo")
    play.until("Cleo to be taken out", lambda: guests.request("☐ Cleo"))
    early = sum(ABOUT in one for who in (ann, bea, cleo) for one in proofs.posted(play.world, guests.chat(who)))
    _agrees(play, guests)
    play.until("both to be written to", lambda: all(guests.post(guests.chat(who), ABOUT) for who in (ann, bea)))
    broken.at(play, "pressed")
    for who, label in ((ann, LATER), (bea, STOP)):
        if word := guests.post(guests.chat(who), ABOUT, label):
            guests.presses(who, guests.chat(who), word["ts"], label)
    states = {ann: "not now", bea: "stopped"}
    play.until("that to be heard", lambda: proofs.parts(play.world, run_id).items() >= states.items())
    play.until("nothing to be under way", lambda: ledger.settled(play.world))
    hours.pass_time(play.world, run_id, timedelta(days=7))
    play.until("the hosts to be told", lambda: guests.post(here.backstage, "a week later"))
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        verdict.note("sent before the hosts agreed", doubled=early)
        for who, wanted in ((ann, 1), (bea, 1), (cleo, 0)):
            proofs.once_on_slack(verdict, play.world, guests.chat(who), ABOUT, wanted)
        told = "none of the 2 has come back yet, 1 said “not now”, 1 said “stop”"
        proofs.once_on_slack(verdict, play.world, here.backstage, told)
        with play.world.store.read() as session:
            rows = select(Handle.ref, Member.nudges_from, Member.opted_out_at).join(Member)
            kept = {ref: (until, out) for ref, until, out in session.execute(rows.where(Handle.ref.in_((ann, bea))))}
        verdict.note(f"“not now” of {ann}", lost=int(kept[ann][0] is None or kept[ann][1] is not None))
        verdict.note(f"“stop” of {bea}", lost=int(kept[bea][1] is None))

    play.proofs.append(proof)


def silenced(play: Play, number: int, broken: Break) -> None:
    """Words agreed to an hour ahead: somebody says "stop" before they leave; the other one gets theirs."""
    here = halls.hall(number)
    guests = Guests(play, number, here)
    ann, bea = _ask(play, guests, "Ann", "Bea")
    broken.at(play, "due")
    hours.comes_up(play.world, here, "word", hours.HOUR)
    _agrees(play, guests)
    run_id = next(iter([run.id for run in hours.runs(play.world, here, "word")]), 0)
    play.until("the words to wait", lambda: _waiting(play, run_id) == 2)
    broken.at(play, "stopped")
    guests.says(ann, "stop", directly=True)
    play.until("the stop to be heard", lambda: _waiting(play, run_id) == 1)
    broken.at(play, "left")
    hours.pass_time(play.world, run_id, hours.HOUR)
    play.until("the word to arrive", lambda: guests.post(guests.chat(bea), ABOUT))
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        proofs.once_on_slack(verdict, play.world, guests.chat(ann), ABOUT, wanted=0)
        proofs.once_on_slack(verdict, play.world, guests.chat(bea), ABOUT)
        verdict.count("runs", len(hours.runs(play.world, here, "word")))

    play.proofs.append(proof)


def _waiting(play: Play, run_id: int) -> int:
    """How many words of a run are agreed to and have not left."""
    with play.world.store.read() as session:
        waits = select(func.count(Delivery.id)).where(Delivery.run_id == run_id, Delivery.state == "due")
        return session.scalar(waits.where(Delivery.unasked)) or 0


def obeyed(play: Play, number: int, broken: Break) -> None:
    """Hosts' words, each told twice: pause, hold, resume, hold, skip."""
    here = halls.hall(number)
    guests, question = Guests(play, number, here), f"Talk r{number:02} ?"
    say = partial(guests.commands, here.host, here.backstage)
    say("pause talk")
    play.until("talk to be paused", lambda: guests.post(here.backstage, "Val paused *talk*"))
    say("hold talk")
    play.until("talk to be refused", lambda: _outcomes(play, here, "talk") == [("skipped", "paused")])
    say("resume talk")
    play.until("the pause to end", lambda: guests.post(here.backstage, "Val ended the pause of *talk*"))
    broken.at(play, "hold")
    say("hold talk")
    play.until(f"{question} to stand", lambda: guests.post(here.channel, question))
    say("skip debate")
    play.until("the debate to be skipped", lambda: guests.post(here.backstage, "Val skipped *debate*"))
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        for told in ("Val paused *talk*", "Val ended the pause of *talk*", "Val skipped *debate*"):
            proofs.once_on_slack(verdict, play.world, here.backstage, told)
        held = _outcomes(play, here, "talk")
        verdict.note(f"talk was held as {held}", lost=int(held[:1] != [("skipped", "paused")]))
        verdict.count(f"times that talk was held: {held}", len(held), 2)
        proofs.once_on_slack(verdict, play.world, here.channel, question)
        ids = [run.id for run in hours.runs(play.world, here, "talk")]
        proofs.on_telegram(verdict, play.world, here.chat, question, ids)
        skipped = _outcomes(play, here, "debate")
        verdict.note(f"the debate is {skipped}", lost=int(skipped != [("skipped", "refused")]))

    play.proofs.append(proof)


def _outcomes(play: Play, here: halls.Hall, ritual: str) -> list[tuple[str, str | None]]:
    """What became of each run of a ritual, and why."""
    return [(run.state, run.reason) for run in hours.runs(play.world, here, ritual)]


EVERY = [
    scene(postponed, "receive.after_commit", "ticked", hall=True),
    scene(postponed, "receive.before_commit", "pressed", hall=True),
    scene(silenced, "due.before_commit", "due", hall=True),
    scene(silenced, "receive.after_commit", "stopped", hall=True),
    scene(silenced, "deliver.before_send", "left", hall=True),
    scene(obeyed, "receive.before_commit", "hold", hall=True),
    scene(obeyed, "receive.after_commit", "hold", hall=True),
]
