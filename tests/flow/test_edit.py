"""A host changes the text of what is asked: the old request counts no more, the new one is asked about anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.ports import Capabilities, Poll
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from tests.flow.backstage import ALEXIS, BACK, INES_TOO, Backstage, backstage, two_rooms
from tests.flow.theatre import MONDAY, ritual

NEEDS = {"required": True, "within": "6 hours"}
ASKED = MONDAY - timedelta(hours=6)


@pytest.fixture
def hosts(store: Store) -> Backstage:
    made = backstage(store, two_rooms(ritual(approval=NEEDS)))
    made.there.live_until(ASKED)
    return made


def test_a_form_with_the_present_text_opens_and_its_answer_is_posted_everywhere(hosts: Backstage) -> None:
    hosts.presses("Modifier")
    assert "Quel prix" in hosts.forms()[0].value
    assert hosts.forms()[0].unnamed_label == ""

    hosts.submits("**Quel tarif ?**\n\nEn une ligne.")
    old, new = hosts.standing()
    assert "Ines a changé le texte" in hosts.standing()[old].text
    assert hosts.standing()[old].buttons == ()
    assert "Quel tarif" in hosts.standing()[new].text

    hosts.presses("Publier")
    hosts.there.live_until(MONDAY)
    for on in ("slack", "telegram"):
        assert hosts.texts(on, "C1") == ["**Quel tarif ?**\n\nEn une ligne."]
    assert [button.label for act in hosts.standing(place="C1").values() for button in act.buttons] == ["Répondre"]


def test_where_there_are_no_forms_the_reply_of_who_pressed_is_the_text(hosts: Backstage) -> None:
    hosts.presses("Modifier", who=INES_TOO, on="telegram")
    assert "Répondez à la demande" in hosts.notices("telegram")[0]

    (request,) = hosts.standing("telegram")
    hosts.replies("Quel tarif ?", to=request)
    assert len(hosts.standing("telegram")) == 2
    hosts.presses("Publier", on="telegram", who=INES_TOO)
    hosts.there.live_until(MONDAY)
    assert hosts.texts("slack", "C1") == ["Quel tarif ?"]


def test_talk_under_a_request_is_no_text(hosts: Backstage) -> None:
    (request,) = hosts.standing("telegram")

    hosts.replies("On valide ?", to=request)
    hosts.presses("Modifier", who=INES_TOO, on="telegram")
    hosts.replies("Moi je ne sais pas", to=request, who="12")
    hosts.replies("Pas ici", to="77")
    hosts.replies("Pas là", to=request, place="C1")
    assert len(hosts.standing("telegram")) == 1
    assert len(hosts.there.approvals()) == 1


def test_the_decision_about_the_old_text_is_void(hosts: Backstage) -> None:
    ref, old = hosts.button("Publier")
    hosts.presses("Modifier")
    hosts.submits("Quel tarif ?")

    hosts.presses_key(old.key, ref)
    assert "changé" in hosts.notices()[-1]
    hosts.there.live_until(MONDAY)
    assert hosts.texts(place="C1") == []


def test_edited_back_it_is_asked_by_a_post_of_its_own(hosts: Backstage) -> None:
    first = hosts.held()[0].body
    hosts.presses("Modifier")
    before = hosts.forms()[-1].value
    hosts.submits("Quel tarif ?")
    hosts.there.clock.move(seconds=20)
    hosts.presses("Modifier")
    hosts.submits(before)

    assert hosts.held()[0].body == first
    assert len(hosts.standing()) == 3 and hosts.labels().count("Publier") == 1
    hosts.presses("Publier")
    hosts.there.live_until(MONDAY)
    assert hosts.texts(place="C1") == [before]


@pytest.mark.parametrize(("text", "told"), [("  \n ", "pas de texte"), ("x" * 4001, "trop long")])
def test_what_cannot_be_posted_is_told_and_changes_nothing(hosts: Backstage, text: str, told: str) -> None:
    hosts.presses("Modifier")
    hosts.submits(text)

    assert told in hosts.notices()[-1]
    assert len(hosts.there.approvals()) == 1


def test_only_the_named_may_edit(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(approval={**NEEDS, "by": ["ines"]})))
    hosts.there.live_until(ASKED)

    hosts.presses("Modifier", who=ALEXIS)
    assert hosts.forms() == []
    assert "Ines" in hosts.notices()[-1]
    hosts.presses("Modifier")
    hosts.hears("submitted", ALEXIS, "slack", data={"key": hosts.forms()[0].key, "text": "Non", "named": True})
    assert len(hosts.there.approvals()) == 1


def test_nothing_is_edited_any_more_once_it_is_decided(hosts: Backstage) -> None:
    hosts.presses("Modifier")
    hosts.presses("Publier")
    hosts.submits("Quel tarif ?")

    hosts.there.live_until(MONDAY)
    assert "Quel prix" in hosts.texts(place="C1")[0]


def test_of_several_texts_each_is_changed_by_its_number(store: Store) -> None:
    steps = [{"post": "un"}, {"wait": "1 day"}, {"post": "deux"}, {"wait": "1 day"}, {"post": "trois"}]
    hosts = backstage(store, two_rooms(ritual(kind="steps", model=steps, approval=NEEDS)))
    hosts.there.live_until(ASKED)

    hosts.presses("Modifier")
    assert hosts.forms()[0].value == "[1]\nun\n\n[2]\ndeux\n\n[3]\ntrois"
    hosts.submits("2 : le deuxième")
    assert "numéro" in hosts.notices()[-1]
    hosts.submits("[2] le deuxième\n\n[3]\ntrois")
    hosts.presses("Publier")
    hosts.there.live_until(MONDAY + timedelta(days=2))
    assert hosts.texts(place="C1") == ["un", "le deuxième", "trois"]


def test_a_long_preview_goes_on_under_the_request(store: Store) -> None:
    steps = [{"post": word * 300} for word in ("un ", "deux ", "trois ")]
    hosts = backstage(store, two_rooms(ritual(kind="steps", model=steps, approval=NEEDS), pace={"posts": "9 per day"}))
    hosts.there.live_until(ASKED)

    first, *more = hosts.there.said(place=BACK)
    assert "réponses à ce message" in first.text
    assert [entry.under for entry in more] == [first.message_ref] * len(more)
    assert "trois trois" in "".join(entry.text for entry in more)


def test_a_text_as_long_as_a_message_stands_whole_under_the_request(store: Store) -> None:
    text = "un mot " * 500
    hosts = backstage(store, two_rooms(ritual(kind="steps", model=[{"post": text}], approval=NEEDS)))
    hosts.there.live_until(ASKED)

    first, whole = hosts.there.said(place=BACK)
    assert "un mot" not in first.text and "Sans accord" in first.text
    assert text.strip() in whole.text and whole.under == first.message_ref


POLL = {"question": "Quel sujet", "options": ["Prix", "IA"]}


def test_a_polls_question_is_edited_beside_the_post_of_the_other_platform(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(kind="poll", model=POLL, approval=NEEDS)))
    hosts.there.telegram.capabilities = Capabilities("telegram", 4096, False, False, native_polls=True)
    hosts.there.live_until(ASKED)
    hosts.presses("Modifier")
    sheet = hosts.forms()[0].value
    assert "[1] Slack" in sheet and "[2] Telegram\nQuel sujet" in sheet

    hosts.submits(f"[2]\n{'x' * 301}")
    assert "trop long" in hosts.notices()[-1]
    hosts.submits("[2] Telegram\nDe quoi parler")
    acts = [deliveries.decode(row.body) for row in hosts.held()]
    polls = [act for act in acts if isinstance(act, Poll)]
    assert [(act.question, act.options) for act in polls] == [("De quoi parler", ("Prix", "IA"))]
    assert "De quoi parler" in hosts.texts()[-1] and "- Prix" in hosts.texts()[-1]


def test_what_a_host_wrote_stays_while_votes_come_in(store: Store) -> None:
    hosts = backstage(store, two_rooms(ritual(kind="poll", model=POLL, approval=NEEDS)))
    hosts.there.live_until(ASKED)
    hosts.presses("Modifier")
    hosts.submits("De quoi parler jeudi")
    hosts.presses("Publier")
    hosts.there.live_until(MONDAY + timedelta(minutes=1))

    ((message, post),) = hosts.standing(place="C1").items()
    hosts.there.member("U7")
    for button in post.buttons[:2]:
        hosts.hears(
            "pressed", "U7", "slack", place_ref="C1", message_ref=message, data={"key": button.key, "trigger_ref": "t"}
        )
        hosts.there.live_until(hosts.there.clock.now() + timedelta(minutes=1))
    assert hosts.texts(place="C1")[0].startswith("De quoi parler jeudi\n\n")


def test_a_request_of_a_ritual_that_was_moved_loses_its_buttons(hosts: Backstage) -> None:
    hosts.there.apply(two_rooms(ritual(approval=NEEDS, when=["every tuesday at 09:30"])))
    hosts.there.tick()

    assert hosts.labels() == []
    assert "le playbook a changé" in hosts.texts()[0]
