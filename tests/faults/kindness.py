"""The scenes of kindness: thanks that hosts edit, badges, and questions put to those who know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from orchestrator.flow.hold import hold
from tests.faults import halls, hours, ledger, proofs
from tests.faults.breaks import Break, scene
from tests.faults.gatherings import derived
from tests.faults.guests import Guests
from tests.faults.play import Play

THANKS, EDITED = "Thank you to these people", "Thank you, all of you"
WORD, TO_HOSTS = "Nobody has answered yet", "A question is still waiting"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Circle:
    """Who asked and who helped: on Slack Gus whom Ivy, Jon and Kay helped, on Telegram Lou whom Max helped."""

    gus: str
    ivy: str
    jon: str
    kay: str
    lou: int
    max: int


def _help(play: Play, guests: Guests) -> Circle:
    """On each platform somebody asks, is answered and thanks; all of it is made out."""
    gus, ivy, jon, kay = (guests.on_slack(name) for name in ("Gus", "Ivy", "Jon", "Kay"))
    lou, max_ = guests.on_telegram("Lou", 1), guests.on_telegram("Max", 2)
    asked = guests.says(gus, "How did you set your first price?")
    for who in (ivy, jon, kay):
        guests.thanks(gus, guests.says(who, "I doubled it.", under=asked))
    under = guests.tells(lou, "Who knows a good accountant?")
    guests.thanks_there(lou, guests.tells(max_, "I do.", under=under))
    named = (gus, ivy, jon, kay, str(lou), str(max_))
    play.until("their help to be made out", lambda: derived(play, *named))
    return Circle(gus, ivy, jon, kay, lou, max_)


def _agrees(play: Play, guests: Guests, label: str, text: str) -> None:
    """The host agrees to the request with that text, with a double click that is told twice."""
    play.until(f"the hosts to be asked about {text}", lambda: guests.request(label, text))
    if request := guests.request(label, text):
        guests.clicks_twice(guests.here.host, guests.here.backstage, request["ts"], label)


def thanked(play: Play, number: int, broken: Break) -> None:
    """Thanks: one declined them before, hosts take one out, change the text and agree; badges are earned once."""
    here = halls.hall(number)
    guests = Guests(play, number, here)
    circle = _help(play, guests)
    guests.says(circle.kay, "stop praise", directly=True)
    play.until("that to be heard", lambda: ledger.settled(play.world))
    broken.at(play, "proposed")
    first = hold(play.world.app, here.name, "thanks")
    play.until("the hosts to be asked", lambda: guests.request("Post it", "Ivy"))
    broken.at(play, "edited")
    early = len(proofs.posted(play.world, here.channel))
    _takes_out_and_edits(play, guests)
    broken.at(play, "approved")
    _agrees(play, guests, "Post it", EDITED)
    earned = [circle.gus, circle.ivy, str(circle.lou), str(circle.max)]
    play.until("four badges", lambda: len(_told(play, here, "earned")) == 4)
    play.until("all that to be told", lambda: ledger.settled(play.world))
    second = hold(play.world.app, here.name, "thanks")
    _agrees(play, guests, "Post it", THANKS)
    play.until("more thanks", lambda: guests.post(here.channel, THANKS))
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        verdict.note("thanked before the hosts agreed", doubled=early)
        by_hand = _about(proofs.posted(play.world, here.channel), EDITED)
        verdict.count(f"thanks in {here.channel}", len(by_hand))
        for name, times in (("Gus", 1), ("Ivy", 1), ("Jon", 0), ("Kay", 0), ("Max", 0)):
            verdict.count(f"{name} in {here.channel}", sum(f"*{name}*" in one for one in by_hand), times)
        proofs.on_telegram(verdict, play.world, here.chat, EDITED, [first])
        proofs.once_on_slack(verdict, play.world, here.channel, THANKS)
        proofs.on_telegram(verdict, play.world, here.chat, THANKS, [second])
        everybody = [circle.gus, circle.ivy, circle.jon, circle.kay, str(circle.lou), str(circle.max)]
        proofs.badges(verdict, play.world, "pillar", [*earned, circle.jon], everybody)
        told = _told(play, here, "earned")
        proofs.once_on_slack(verdict, play.world, here.channel, "A badge r", 5)
        proofs.on_telegram(verdict, play.world, here.chat, "A badge r", told, 5)
        more = {"for the first time": 4, "taken out by a host": 1}
        proofs.results(verdict, play.world, first, more=more)
        proofs.results(verdict, play.world, second, more={"for the first time": 1, "taken out by a host": 0})

    play.proofs.append(proof)


def _takes_out_and_edits(play: Play, guests: Guests) -> None:
    """The host takes Jon out, which is told twice, and writes another first line."""
    host, wings = guests.here.host, guests.here.backstage
    if request := guests.request("☑ Jon"):
        guests.presses(host, wings, request["ts"], "☑ Jon")
    play.until("Jon to be taken out", lambda: guests.request("☐ Jon"))
    if request := guests.request("☐ Jon"):
        guests.rewrites(host, request, THANKS, EDITED)


def _about(posts: list[str], text: str) -> list[str]:
    return [one for one in posts if text in one]


def _told(play: Play, here: halls.Hall, ritual: str) -> list[int]:
    return [run.id for run in hours.runs(play.world, here, ritual)]


def given(play: Play, number: int, broken: Break) -> None:
    """A question among steps: answered on both platforms, told in a recap, and thanked with a badge each."""
    here = halls.hall(number)
    guests, question = Guests(play, number, here), f"Step r{number:02} ?"
    ned, pia = guests.on_slack("Ned"), guests.on_telegram("Pia", 1)
    run_id = hold(play.world.app, here.name, "learn")
    telegram = play.world.telegram
    play.until(f"{question} to stand", lambda: guests.post(here.channel, question) and _there(play, here, question))
    if post := guests.post(here.channel, question):
        guests.says(ned, "I began late.", under=post["ts"])
    under = next((one.message_id for one in telegram.ours(here.chat) if question in one.text), None)
    guests.tells(pia, "I began early.", under=under)
    play.until("the answers to be kept", lambda: ledger.settled(play.world))
    broken.at(play, "given")
    hours.pass_time(play.world, run_id, 2 * DAY)
    play.until("two badges", lambda: len(_told(play, here, "earned")) == 2)
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        proofs.once_on_slack(verdict, play.world, here.channel, "Said r")
        proofs.on_telegram(verdict, play.world, here.chat, "Said r", [run_id])
        proofs.badges(verdict, play.world, "starter", [ned, str(pia)], [ned, str(pia)])
        proofs.once_on_slack(verdict, play.world, here.channel, "A badge r", 2)
        proofs.on_telegram(verdict, play.world, here.chat, "A badge r", _told(play, here, "earned"), 2)
        proofs.results(verdict, play.world, run_id, answers=2, late=0, members=2)

    play.proofs.append(proof)


def _there(play: Play, here: halls.Hall, text: str) -> bool:
    return any(text in one.text for one in play.world.telegram.ours(here.chat))


def relaunched(play: Play, number: int, broken: Break) -> None:
    """A question that nobody answers: put to two who know once hosts agree, one passes, then hosts are told."""
    here = halls.hall(number)
    guests, question = Guests(play, number, here), f"Who has hired from far away, r{number:02}?"
    circle = _help(play, guests)
    guests.says(circle.kay, "stop", directly=True)
    guests.says(circle.gus, question)
    play.until("the question to be made out", lambda: derived(play))
    broken.at(play, "begun")
    hours.grows_old(play.world, question)
    play.until("the hosts to be asked", lambda: guests.request("Send"))
    asked, other = [guests.chat(who) for who in (circle.ivy, circle.jon)]
    early = sum(WORD in one for chat in (asked, other) for one in proofs.posted(play.world, chat))
    broken.at(play, "approved")
    _agrees(play, guests, "Send", question)
    play.until("both to be asked", lambda: guests.post(asked, WORD) and guests.post(other, WORD))
    run_id = next(iter(_told(play, here, "rescue")), 0)
    if word := guests.post(asked, WORD, "Not for me"):
        guests.presses(circle.ivy, asked, word["ts"], "Not for me")
    play.until("that to be heard", lambda: proofs.parts(play.world, run_id).get(circle.ivy) == "passed")
    play.until("to know of both that they were asked", lambda: ledger.settled(play.world))
    hours.pass_time(play.world, run_id, DAY)
    play.until("the hosts to be told", lambda: guests.post(here.backstage, TO_HOSTS))
    hours.pass_time(play.world, run_id, DAY)
    play.until("the end", lambda: [run for run in hours.runs(play.world, here, "rescue") if run.state == "done"])
    broken.wait(play)

    def proof(verdict: ledger.Verdict) -> None:
        verdict.note("asked before the hosts agreed", doubled=early)
        for chat in (asked, other):
            proofs.once_on_slack(verdict, play.world, chat, WORD)
        for who in (circle.gus, circle.kay):
            proofs.once_on_slack(verdict, play.world, guests.chat(who), WORD, wanted=0)
        proofs.once_on_slack(verdict, play.world, here.backstage, TO_HOSTS)
        verdict.count(f"relaunches of {question}", len(_told(play, here, "rescue")))
        proofs.results(verdict, play.world, run_id, more={"asked": 2})

    play.proofs.append(proof)


EVERY = [
    scene(thanked, "prepare.before_commit", "proposed", hall=True),
    scene(thanked, "receive.before_commit", "edited", hall=True),
    scene(thanked, "deliver.after_send", "approved", hall=True),
    scene(given, "prepare.before_commit", "given", hall=True),
    scene(relaunched, "watch.before_commit", "begun", hall=True),
    scene(relaunched, "deliver.after_send", "approved", hall=True),
]
