"""What welcomes, nudges, thanks and relaunches say: each stage with the facts that make it speak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orchestrator.rituals import nudge, relaunch, shout_out, welcome
from orchestrator.rituals.contract import Draft, Facts, Heard, OpenQuestion, Part, Person, Tell
from tests.rituals.examples import MONDAY, SLACK, TELEGRAM, facts

ANA = Person(7, "Ana", places=(1,))
FAR = replace(ANA, member_id=8, first_name="Béa", places=(2,), reachable=False)
CHARTER = "1. On parle de ce qu’on a vécu.\n2. Ce qui se dit ici reste ici."
WELCOME = welcome.Model(charter=CHARTER, question="Sur quoi travailles-tu ?", buddy="piliers")
NUDGE, THANKS, RELAUNCH = nudge.Model(), shout_out.Model(badge="pilier", badge_after="3 fois"), relaunch.Model()
LINK = "https://cercle.slack.com/archives/C1/p2"
QUESTION = OpenQuestion(1, "2.5", 9, MONDAY, "Comment fixer un *premier* prix ?", ("prix",), LINK, "Zoé")


def part(member_id: int, role: str, state: str, name: str = "", **told: Any) -> Part:
    return Part(member_id, role, state, MONDAY, told, name)


def newcomer(state: str) -> Part:
    return part(7, "newcomer", state, "Ana", first_name="Ana")


def word(kind: str, **more: Any) -> Facts:
    told = {"kind": kind, "text": QUESTION.text, "link": LINK, "space": "salon", "first_name": "Ana", **more}
    return facts(parts=(part(7, "nudged", "chosen", "Ana", **told),))


def looked(nudged: int, back: int, alone: int, by_themselves: int) -> Facts:
    states = ["returned"] * back + ["not now"] + ["not yet"] * nudged
    parts = [part(n, "nudged", state) for n, state in enumerate(states[:nudged])]
    left = ["returned"] * by_themselves + ["left alone"] * alone
    parts += [part(100 + n, "control", state) for n, state in enumerate(left[:alone])]
    return facts(parts=tuple(parts), written_to=frozenset(range(nudged)))


def praised() -> Facts:
    told = {"helped": 3, "started": 1, "voices": 5, "answered": 2, "places": [1, 2], "times": 2}
    parts = (
        part(1, "praised", "proposed", member="Zoé", **told),
        part(2, "praised", "proposed", member="Karim_B", **{**told, "helped": 0, "started": 0, "times": 0}),
        part(3, "praised", "proposed", member="Li", helped=0, started=0, voices=0, answered=2, places=[1, 2], times=5),
        part(4, "praised", "refused", member="Max", **told),
    )
    return facts(parts=parts)


ONCE = part(6, "praised", "proposed", member="Ugo", helped=1, started=0, voices=1, answered=1, places=[1, 2], times=1)


def asked(*states: str, topics: Sequence[str] = ("prix",), **more: Any) -> Facts:
    told = {"member": "Ana", "topics": list(topics), "helped": 2, "text": QUESTION.text}
    parts = tuple(part(n, "expert", state, f"Ana{n}", **told) for n, state in enumerate(states))
    return facts(**{"parts": parts, "questions": (QUESTION,), "run": {"message_ref": "2.5"}, **more})


def scenes() -> Iterator[tuple[str, Any, Any, str, Facts]]:
    """(name, kind, model, stage, facts) of all that the four say."""
    buddy = part(5, "buddy", "asked", "Zoé", first_name="Zoé")
    joined = {"member_id": 7, "place_id": 1}
    here = facts(subject=ANA, parts=(newcomer("greeted"), buddy), run=joined)
    yield "welcome, directly, and the word to the buddy", welcome, WELCOME, "greet", here
    accepted = replace(here, parts=(newcomer("accepted"), buddy))
    yield "welcome, accepted", welcome, WELCOME, "greet", accepted
    there = replace(here, subject=FAR, run={"member_id": 8, "place_id": 2}, parts=(newcomer("greeted"),))
    yield "welcome, in the place", welcome, WELCOME, "greet", there
    yield "welcome, nothing but the greeting", welcome, welcome.Model(), "greet", replace(here, parts=())
    for kind in ("question", "thread", "answer"):
        yield f"nudge, {kind}", nudge, NUDGE, "post", word(kind, others=2)
    yield "nudge, a week later, too few", nudge, NUDGE, "look", looked(3, 1, 1, 0)
    yield "nudge, a week later, nobody", nudge, NUDGE, "look", looked(3, 0, 0, 0)
    yield "nudge, a week later, clear", nudge, NUDGE, "look", looked(60, 50, 40, 4)
    yield "nudge, a week later, not clear", nudge, NUDGE, "look", looked(20, 9, 12, 4)
    yield "nudge, a week later, one", nudge, NUDGE, "look", looked(1, 0, 2, 0)
    yield "nudge, a week later, reached nobody", nudge, NUDGE, "look", looked(0, 0, 0, 0)
    yield "shout_out", shout_out, THANKS, "post", praised()
    yield "shout_out, of one", shout_out, THANKS, "post", facts(parts=(ONCE,))
    yield "relaunch, to who knows", relaunch, RELAUNCH, "ask", asked("proposed")
    yield "relaunch, to who knows more", relaunch, RELAUNCH, "ask", asked("proposed", topics=["associés", "IA"])
    yield "relaunch, to who helped", relaunch, RELAUNCH, "ask", asked("proposed", topics=[])
    yield "relaunch, nobody knows", relaunch, RELAUNCH, "ask", asked()
    yield "relaunch, a day later", relaunch, RELAUNCH, "host", asked("proposed", "passed")
    yield "relaunch, a quiet space", relaunch, RELAUNCH, "ask", asked(questions=(), run={"space": "salon"})


def drafts() -> Iterator[tuple[str, str, Draft]]:
    """(name, kind, draft) of all of it."""
    for name, kind, model, stage, known in scenes():
        for draft in kind.say(model, stage, known):
            yield name, kind.NAME, draft


def pressed() -> Iterator[tuple[str, Tell]]:
    """What whoever presses reads alone."""
    joined = facts(run={"member_id": 7, "place_id": 1}, parts=(newcomer("greeted"),))
    nudged = word("question")
    cases = [
        ("welcome, accepts", welcome, WELCOME, joined, 7, "accept"),
        ("welcome, somebody else presses", welcome, WELCOME, joined, 9, "accept"),
        ("nudge, not now", nudge, NUDGE, nudged, 7, "later"),
        ("nudge, stop", nudge, NUDGE, nudged, 7, "stop"),
        ("relaunch, passes", relaunch, RELAUNCH, asked("proposed"), 0, "pass"),
    ]
    for name, kind, model, known, member_id, verb in cases:
        act = Heard(member_id, "", MONDAY + timedelta(hours=1), "press", verb=verb)
        for effect in kind.hear(model, "post", act, known):
            if isinstance(effect, Tell):
                yield name, effect


def reasons() -> Iterator[tuple[str, Tell]]:
    """Why somebody was chosen, as hosts read it."""
    for kind in ("question", "thread", "answer"):
        yield f"nudge, why: {kind}", Tell("nudge/why", word(kind).parts[0].facts)
    for parts in (praised().parts[:2], (ONCE,)):
        for one in parts:
            yield "shout_out, why", Tell("shout_out/why", one.facts)
    for topics, helped in ((("associés", "IA"), 1), ((), 2), (("prix",), 0)):
        told = {"member": "Ana", "topics": list(topics), "helped": helped, "text": QUESTION.text}
        yield "relaunch, why", Tell("relaunch/why", told)


__all__ = ["SLACK", "TELEGRAM", "drafts", "pressed", "reasons"]
