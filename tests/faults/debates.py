"""The scenes of a debate: a vote, speakers invited and replaced, statements, the floor, a second vote, the recap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from orchestrator.flow import unsure
from orchestrator.flow.hold import hold
from tests.faults import halls, hours, ledger, proofs
from tests.faults.breaks import NO_REPLY, Break, scene
from tests.faults.guests import Guests
from tests.faults.play import Play

FIRST, SECOND = "Where do you stand today", "Where do you stand now"
INVITED, ASKED = "Would you open it", "Please write your statement"
YES, NO = "I will speak", "Not this time"
CHOICES = ("For", "Against", "Undecided")
DAY = timedelta(days=1)


@dataclass
class Debate:
    """A debate under way. voters: who is there; votes: stage → who → what they chose last."""

    play: Play
    guests: Guests
    here: halls.Hall
    voters: list[str]
    run_id: int = 0
    votes: dict[str, dict[str, str]] = field(default_factory=dict)

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.play.until("the debate to be settled", lambda: ledger.settled(self.play.world))

    def reads(self, who: str, text: str) -> bool:
        """Does somebody see that text in what we wrote to them?"""
        if not who.isdecimal():
            return self.guests.post(self.guests.chat(who), text) is not None
        return any(text in one.text for one in self.play.world.telegram.ours(int(who)))

    def is_told(self, who: str, text: str) -> bool:
        """Does somebody see that text by now? What was held because it may have arrived, a host sends again."""
        if self.reads(who, text):
            return True
        for delivery_id in ledger.held(self.play.world, self.run_id):
            unsure.by_hand(self.play.world.app, delivery_id, "send again", "val")
        return False

    def answers(self, who: str, label: str) -> None:
        """Press a button under the invitation."""
        if who.isdecimal():
            self.guests.presses_there(int(who), int(who), INVITED, label)
        elif invitation := self.guests.post(self.guests.chat(who), INVITED, label):
            self.guests.presses(who, self.guests.chat(who), invitation["ts"], label)

    def vote(self, stage: str, under: str) -> None:
        """Everybody votes twice, the first time for something else."""
        kept = self.votes.setdefault(stage, {})
        for who in self.voters:
            for choice in self.play.rng.sample(CHOICES, 2):
                kept[who] = choice
                if who.isdecimal():
                    self.guests.presses_there(int(who), self.here.chat, under, choice)
                elif post := self.guests.post(self.here.channel, under, choice):
                    self.guests.presses(who, self.here.channel, post["ts"], choice)
        self.settle()

    def speakers(self, *states: str) -> list[str]:
        """Those whose invitation is in one of these states, in the order in which they were asked."""
        found = proofs.parts(self.play.world, self.run_id)
        return [who for who, state in found.items() if not states or state in states]

    def stands(self, text: str) -> bool:
        """Is it said in both places?"""
        here = any(text in one.text for one in self.play.world.telegram.ours(self.here.chat))
        return here and self.guests.post(self.here.channel, text) is not None

    def passes(self, duration: timedelta, text: str) -> None:
        """Time passes until that is said in both places."""
        hours.pass_time(self.play.world, self.run_id, duration)
        self.play.until(f"{text} in {self.here.name}", lambda: self.stands(text))
        self.settle()


def debated(play: Play, number: int, broken: Break) -> None:
    """A debate: one of two speakers declines and is replaced, everybody votes twice, and who moved is told."""
    held = _gathered(play, number)
    broken.at(play, "invited")
    held.run_id = hold(play.world.app, held.here.name, "debate")
    play.until("the first vote", lambda: held.stands(FIRST))
    play.until("two invitations", lambda: [one for one in held.speakers() if held.is_told(one, INVITED)][1:])
    held.vote("before", FIRST)
    broken.at(play, "answered")
    speakers = _two_are_found(play, held)
    hours.pass_time(play.world, held.run_id, 3 * DAY - timedelta(hours=2))
    play.until("both to be asked", lambda: all(held.is_told(one, ASKED) for one in speakers))
    _speaks(held, speakers[0], "A price says who you are.")
    held.passes(timedelta(hours=2), "The debate is open")
    held.passes(timedelta(hours=2), "A price says who you are.")
    broken.at(play, "voted after")
    held.passes(DAY, SECOND)
    held.vote("after", SECOND)
    broken.at(play, "closing")
    held.passes(DAY, "We debated")
    broken.wait(play)
    play.proofs.append(lambda verdict: _proof(verdict, held, speakers))


def _gathered(play: Play, number: int) -> Debate:
    """Three on Slack and one on Telegram whom we may write to; all of them spoke here."""
    here = halls.hall(number)
    guests = Guests(play, number, here)
    on_slack = [guests.on_slack(name) for name in ("Ada", "Bo", "Cy")]
    di = guests.on_telegram("Di", 0)
    for who in on_slack:
        guests.says(who, "Good morning.")
    guests.tells(di, "/start", di)
    guests.tells(di, "Good morning.")
    held = Debate(play, guests, here, [*on_slack, str(di)])
    held.settle()
    return held


def _two_are_found(play: Play, held: Debate) -> list[str]:
    """One declines, told twice; whoever is asked instead accepts, as the other did."""
    first, second = held.speakers()[:2]
    held.answers(first, NO)
    held.answers(second, YES)
    play.until("somebody else to be invited", lambda: set(held.speakers("invited")) - {first, second})
    third = next(iter(set(held.speakers("invited")) - {first, second}), second)
    play.until(f"{third} to read it", lambda: held.is_told(third, INVITED))
    held.answers(third, YES)
    play.until("both to have accepted", lambda: len(held.speakers("accepted")) == 2)
    return [second, third]


def _speaks(held: Debate, who: str, text: str) -> None:
    """A statement, told to us directly."""
    if who.isdecimal():
        held.guests.tells(int(who), text, int(who))
    else:
        held.guests.says(who, text, directly=True)
    held.settle()


def _proof(verdict: ledger.Verdict, held: Debate, speakers: list[str]) -> None:
    world, here, run_id = held.play.world, held.here, held.run_id
    for text, wanted in ((FIRST, 1), ("The debate is open", 1), (SECOND, 1), ("We debated", 1)):
        proofs.once_on_slack(verdict, world, here.channel, text, wanted)
    verdict.count(f"posts in {here.channel}", len(proofs.posted(world, here.channel)), 4)
    proofs.on_telegram(verdict, world, here.chat, "", [run_id], 4)
    invited = held.speakers()
    verdict.count(f"invited in {here.name}", len(invited), 3)
    verdict.note(f"{speakers} did not accept", lost=int(set(held.speakers("accepted")) != set(speakers)))
    for who in held.voters:
        wanted = [int(who in invited), int(who in speakers)]
        if who.isdecimal():
            proofs.on_telegram(verdict, world, int(who), "Motion r", [run_id], sum(wanted))
        else:
            for text, count in zip((INVITED, ASKED), wanted, strict=True):
                proofs.once_on_slack(verdict, world, held.guests.chat(who), text, count)
    _counted(verdict, held)


def _counted(verdict: ledger.Verdict, held: Debate) -> None:
    """What was counted is what everybody pressed last."""
    first, second = held.votes["before"], held.votes["after"]
    moved = sum(first[who] != second[who] for who in first)
    more = {"accepted": 2, "voices": 1, "voted before": 4, "voted after": 4, "voted twice": 4, "moved": moved}
    proofs.results(verdict, held.play.world, held.run_id, more=more)
    for told, votes in (("Before", first), ("After", second)):
        chosen = [list(votes.values()).count(one) for one in CHOICES]
        line = f"{told}: {chosen[0]} for, {chosen[1]} against, {chosen[2]} undecided"
        proofs.once_on_slack(verdict, held.play.world, held.here.channel, line)


EVERY = [
    scene(debated, "deliver.after_send", "invited", hall=True),
    scene(debated, "receive.before_commit", "answered", hall=True),
    scene(debated, "deliver.after_outcome", "voted after", hall=True),
    scene(debated, NO_REPLY, "closing", hall=True),
]
