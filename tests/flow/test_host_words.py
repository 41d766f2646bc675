"""Hosts' words in the hosts' space: obeyed there, in the playbook's language; refused kindly anywhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.errors import Refused
from orchestrator.flow.receive import receive
from orchestrator.ports import Inbound
from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from tests.flow.backstage import BACK, INES_TOO, Backstage, backstage, two_rooms
from tests.flow.theatre import MONDAY, SUNDAY, ritual

WEEK = timedelta(days=7)
NEEDS = {"required": True, "within": "6 hours"}


@pytest.fixture
def hosts(store: Store) -> Backstage:
    return backstage(store, two_rooms(ritual(), ritual("vote-du-mois", when=["every tuesday at 10:00"])))


def test_one_ritual_is_paused_and_resumed(hosts: Backstage) -> None:
    hosts.says("pause", "Lundi")
    assert "Ines a mis **lundi** en pause" in hosts.texts()[-1]
    assert hosts.texts("telegram") == hosts.texts(), "the space is told on both platforms"
    hosts.there.live_until(MONDAY)
    assert hosts.there.outcomes()[0][1:] == ("skipped", Reason.PAUSED)

    hosts.says("reprendre", "lundi", on="telegram", who=INES_TOO)
    assert "fin à la pause de **lundi**" in hosts.texts()[-1]
    hosts.there.live_until(MONDAY + WEEK)
    assert hosts.there.runs()[-1].state == "open"


def test_everything_is_paused_at_once_and_resumed(hosts: Backstage) -> None:
    hosts.says("pause", "vote du mois")
    hosts.says("pause")
    hosts.there.live_until(MONDAY)
    assert hosts.there.said() == []

    hosts.says("resume", "vote-du-mois")
    assert "tout est en pause" in hosts.texts()[-1]
    hosts.says("pause", "vote")
    hosts.says("resume")
    assert "chacun de son côté : vote du mois" in hosts.texts()[-1].replace("\u00a0", " ")


def test_next_tells_what_comes_when_and_what_is_asked(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS), ritual("jeudi", when=["every thursday at 10:00"])))
    hosts.says("pause", "jeudi")
    hosts.there.live_until(MONDAY - timedelta(hours=5))

    hosts.says("suite", on="telegram", who=INES_TOO)
    lines = hosts.texts("telegram")[-1].splitlines()
    assert "lundi 30 novembre" in lines[2] and "en attente de l’accord" in lines[2]
    assert "jeudi 3 décembre" in lines[3] and "en pause" in lines[3]
    assert len(hosts.texts()) == len(hosts.texts("telegram")) - 1, "a question is answered where it was asked"


def test_a_run_not_made_yet_is_skipped_and_the_one_after_is_held(hosts: Backstage) -> None:
    hosts.says("skip", "lundi")
    assert "passé **lundi** du lundi 30 novembre" in hosts.texts()[-1]
    hosts.there.live_until(MONDAY + WEEK)
    monday = [run for run in hosts.there.runs() if run.due_at.weekday() == 0]
    assert [(run.state, run.reason) for run in monday] == [("skipped", Reason.REFUSED), ("open", Reason.POSTED)]

    hosts.says("why", "lundi")
    assert "publié dans" in hosts.texts()[-1]


def test_a_run_that_was_asked_about_is_skipped_and_its_request_says_so(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    hosts.there.live_until(MONDAY - timedelta(hours=5))
    ref, yes = hosts.button("Publier")
    hosts.says("passer", "lundi", on="telegram", who=INES_TOO)

    assert hosts.labels() == [] and "a choisi de ne rien envoyer" in hosts.texts()[0]
    hosts.presses_key(yes.key, ref)
    hosts.there.live_until(MONDAY + timedelta(hours=3))
    assert hosts.there.outcomes()[0][1:] == ("skipped", Reason.REFUSED)
    assert hosts.there.said() == []


def test_a_run_that_was_agreed_to_is_skipped_all_the_same(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    hosts.there.live_until(MONDAY - timedelta(hours=5))
    hosts.presses("Publier")
    hosts.says("skip", "lundi")

    hosts.there.live_until(MONDAY + timedelta(hours=3))
    assert hosts.there.said() == []
    assert hosts.labels() == [] and "a choisi de ne rien envoyer" in hosts.texts()[0]


def test_a_ritual_is_held_now_and_what_comes_of_it_is_told(hosts: Backstage) -> None:
    hosts.there.clock.at = MONDAY - timedelta(minutes=45)
    hosts.says("lancer", "lundi", on="telegram", who=INES_TOO)

    assert len(hosts.there.said()) == 1
    assert "c’est en route" in hosts.texts("telegram")[-1]


def test_guardrails_are_obeyed_by_hold_and_told(hosts: Backstage) -> None:
    hosts.says("pause")
    hosts.says("hold", "lundi")

    assert hosts.there.said() == []
    assert "il était en pause" in hosts.texts()[-1]


def test_hold_asks_where_hosts_must_agree(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval=NEEDS)))
    hosts.there.clock.at = MONDAY - timedelta(days=3)
    hosts.says("hold", "lundi")

    assert "attend l’accord" in hosts.texts()[-1] or "attend l’accord" in hosts.texts()[-2]
    assert "Publier" in hosts.labels()


def test_why_tells_of_the_last_run_or_of_the_first_to_come(hosts: Backstage) -> None:
    hosts.says("pourquoi", "lundi ?", on="telegram", who=INES_TOO)
    assert "pas encore venu" in hosts.texts("telegram")[-1]


@pytest.mark.parametrize(
    ("word", "rest"), [("skip", ""), ("hold", ""), ("why", ""), ("pause", "mardi"), ("why", "x y")]
)
def test_a_ritual_that_is_missing_or_unknown_is_asked_for(hosts: Backstage, word: str, rest: str) -> None:
    hosts.says(word, rest)

    assert "lundi et vote du mois" in hosts.texts()[-1]


@pytest.mark.parametrize(("who", "place"), [("U1", "C1"), ("U7", BACK), ("U7", "C1"), ("U7", "D7")])
def test_elsewhere_and_from_others_it_is_refused_to_them_alone(hosts: Backstage, who: str, place: str) -> None:
    hosts.there.member("U7")
    hosts.says("pause", place=place, who=who)

    assert "réservé aux hôtes" in hosts.notices()[-1]
    assert hosts.texts() == [] and hosts.texts(place="C1") == []
    hosts.there.live_until(MONDAY)
    assert hosts.there.said() != []


def test_on_telegram_it_is_refused_in_their_direct_chat(hosts: Backstage) -> None:
    hosts.says("pause", on="telegram", who="12", place="C1")

    assert ["réservé aux hôtes" in entry.text for entry in hosts.there.telegram.standing()] == [True]
    assert hosts.there.telegram.standing()[0].place_ref == "12"


def test_a_word_told_again_is_obeyed_once(hosts: Backstage) -> None:
    hosts.says("pause")
    told = {"data": {"word": "resume", "rest": "", "trigger_ref": "t"}, "event_ref": "same", "text": "/resume"}
    hosts.hears("commanded", "U1", "slack", **told)
    hosts.says("pause")
    hosts.hears("commanded", "U1", "slack", **told)

    hosts.there.live_until(MONDAY)
    assert hosts.there.said() == []


def test_hold_told_again_after_its_teller_died_is_held_once(hosts: Backstage) -> None:
    def dies(*_: object) -> None:
        raise Refused("the process ends here", "start it again")

    hosts.there.clock.at = MONDAY - timedelta(minutes=45)
    known = {"place_ref": BACK, "member_ref": INES_TOO, "message_ref": "900", "text": "/hold lundi", "to_us": True}
    told = Inbound(kind="commanded", event_ref="same", data={"word": "hold", "rest": "lundi"}, **known)
    hosts.bus.publish("telegram", [told])
    receive(replace(hosts.there.app, ring=dies))
    hosts.there.clock.move(seconds=30)
    hosts.tells("telegram", told)

    assert len(hosts.there.said()) == len(hosts.there.runs()) == 1
    assert ["c’est en route" in text for text in hosts.texts("telegram")] == [True], "the host is answered, once"


def test_a_ritual_without_a_date_has_no_next_time(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(when=["member joins"])))
    assert hosts.there.clock.at == SUNDAY
    hosts.says("skip", "lundi")
    assert "n’a pas de prochaine date" in hosts.texts()[-1]
    hosts.says("next")
    assert "Rien n’a de date" in hosts.texts()[-1]
