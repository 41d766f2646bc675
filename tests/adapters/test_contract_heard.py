"""What every platform promises the core about what members do, asked of each adapter."""

from __future__ import annotations

import time

import pytest

from orchestrator.ports import Address, Form, Inbound, Notice
from tests.adapters.acts import ANSWER, NO, YES, only, send
from tests.adapters.rig import Rig

# --- what members do


def test_talk_is_heard_with_who_where_when(rig: Rig) -> None:
    heard = only(rig.says("Bonjour, ça va ?"))
    assert (heard.kind, heard.text, heard.member_ref) == ("said", "Bonjour, ça va ?", rig.ana)
    assert heard.place_ref == rig.place.place_ref
    assert heard.at is not None and abs(heard.at / 1e6 - time.time()) < 60
    assert not heard.to_us


def test_special_characters_are_heard_as_typed(rig: Rig) -> None:
    assert only(rig.says("a < b && c > d &amp; 🎉 é")).text == "a < b && c > d &amp; 🎉 é"


def test_an_answer_to_our_post_is_for_us(rig: Rig) -> None:
    post = send(rig, "Question")
    heard = only(rig.says("Ma réponse", under=post.message_ref, reply_to=post.message_ref))
    assert post.message_ref in (heard.thread_ref, heard.reply_to_ref)
    assert heard.to_us


def test_a_direct_message_is_for_us(rig: Rig) -> None:
    heard = only(rig.tells_us("je ne comprends pas"))
    assert (heard.kind, heard.to_us) == ("said", True)


@pytest.mark.parametrize("word", ["stop", "Stop", "aide", "start"])
def test_a_word_to_us_is_a_command(rig: Rig, word: str) -> None:
    heard = only(rig.tells_us(word))
    assert (heard.kind, heard.data["word"]) == ("commanded", word.lower())


def test_an_edit_names_the_message_it_changed(rig: Rig) -> None:
    said = only(rig.says("brouillon"))
    heard = only(rig.edits(str(said.message_ref), "définitif"))
    assert (heard.kind, heard.message_ref, heard.text) == ("edited", said.message_ref, "définitif")


def test_a_reaction_names_message_and_member(rig: Rig) -> None:
    said = only(rig.says("idée"))
    heard = only(rig.reacts(str(said.message_ref), "👍"))
    assert (heard.kind, heard.message_ref, heard.member_ref) == ("reacted", said.message_ref, rig.ana)


def test_a_join_is_heard(rig: Rig) -> None:
    heard = only(rig.joins("chloe"))
    assert (heard.kind, heard.place_ref) == ("joined", rig.place.place_ref)
    assert heard.member_ref not in (None, rig.ana)


def test_bots_are_not_heard(rig: Rig) -> None:
    assert rig.bot_says("je suis un robot") == []


def test_a_second_delivery_has_the_same_event_ref(rig: Rig) -> None:
    first = only(rig.says("une fois"))
    second = rig.again()
    assert [one.event_ref for one in second] in ([], [first.event_ref])


def test_two_messages_have_two_event_refs(rig: Rig) -> None:
    assert only(rig.says("a")).event_ref != only(rig.says("a")).event_ref


def test_a_pressed_choice_brings_its_key_back(rig: Rig) -> None:
    post = send(rig, "Publier ?", YES, NO)
    heard = only(rig.presses(str(post.message_ref), "Oui"))
    assert (heard.kind, heard.data["key"], heard.member_ref) == ("pressed", "approve-42", rig.ana)
    assert heard.message_ref == post.message_ref


def test_the_answer_button_leads_to_an_answer(rig: Rig) -> None:
    post = send(rig, "Question", ANSWER)
    heard = only(rig.presses(str(post.message_ref), "Répondre"))
    assert ANSWER.key in heard.data.values()
    assert heard.member_ref == rig.ana


def test_a_form_opens_on_a_press_and_comes_back(rig: Rig) -> None:
    if not rig.shows_forms:
        assert not rig.adapter.capabilities.forms
        return
    post = send(rig, "Question", ANSWER)
    pressed = only(rig.presses(str(post.message_ref), "Répondre"))
    rig.adapter.send(rig.place, form(pressed), "form")
    words = rig.form()
    assert words and all(part in words for part in ("Réponds", "Que vends-tu ?", "sans mon nom", "avec ton prénom"))
    heard = only(rig.submits("Du miel", named=False))
    assert heard.kind == "submitted"
    assert (heard.data["key"], heard.data["text"], heard.data["named"]) == (ANSWER.key, "Du miel", False)
    assert (heard.place_ref, heard.member_ref) == (rig.place.place_ref, rig.ana)


def form(pressed: Inbound) -> Form:
    return Form(
        trigger_ref=pressed.data["trigger_ref"],
        key=ANSWER.key,
        title="Réponds",
        question="**Que vends-tu ?**",
        label="Ta réponse",
        unnamed_label="sans mon nom",
        notice="Affichée dans le résumé avec ton prénom",
        submit="Envoyer",
        cancel="Fermer",
    )


def test_a_notice_is_shown_to_the_presser_only(rig: Rig) -> None:
    post = send(rig, "Publier ?", YES)
    pressed = only(rig.presses(str(post.message_ref), "Oui"))
    to = Address(place_ref=rig.place.place_ref, member_ref=rig.ana)
    rig.adapter.send(to, Notice(pressed.data["trigger_ref"], "C'est noté"), "notice")
    assert rig.notices() == ["C'est noté"]
    assert len(rig.posts()) == 1


def test_a_wait_ends_without_a_word(rig: Rig) -> None:
    if not rig.adapter.capabilities.waits:
        return
    post = send(rig, "Publier ?", YES)
    pressed = only(rig.presses(str(post.message_ref), "Oui"))
    to = Address(place_ref=rig.place.place_ref, member_ref=rig.ana)
    rig.adapter.send(to, Notice(pressed.data["trigger_ref"], ""), "heard")
    assert "".join(rig.notices()) == ""
    assert len(rig.posts()) == 1
