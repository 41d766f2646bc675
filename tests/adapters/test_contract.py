"""What every platform promises the core, asked of each adapter before its own fake platform."""

from __future__ import annotations

import time

import pytest

from orchestrator.errors import DeliveryFailed, DeliveryUnknown, PlaceMoved
from orchestrator.ports import Address, Button, Edit, Form, Inbound, Notice, Post, React, Receipt, Remove
from tests.adapters.rig import TOO_FAST_SECONDS, Rig, Standing

ANSWER = Button("Répondre", "answer-0123456789abcdef", "answer")
YES = Button("Oui", "approve-42", style="good")
NO = Button("Non", "skip-42", style="bad")


def send(rig: Rig, text: str, *buttons: Button, under: str | None = None, key: str = "k1") -> Receipt:
    return rig.adapter.send(rig.place, Post(text, buttons, under), key)


def last(rig: Rig) -> Standing:
    return rig.posts()[-1]


def only(heard: list[Inbound]) -> Inbound:
    assert len(heard) == 1, heard
    return heard[0]


# --- what we post


def test_a_post_arrives_with_a_receipt_that_names_it(rig: Rig) -> None:
    before = time.time()
    receipt = send(rig, "Bonjour **à tous**")
    assert last(rig).text == "Bonjour à tous"
    assert last(rig).bold == ("à tous",)
    assert (receipt.message_ref, receipt.place_ref) == (last(rig).ref, rig.place.place_ref)
    assert receipt.at is not None and abs(receipt.at / 1e6 - before) < 60


def test_a_reply_joins_the_thread_of_its_post(rig: Rig) -> None:
    root = send(rig, "Question")
    send(rig, "Encore un jour !", under=root.message_ref, key="k2")
    assert last(rig).under == root.message_ref


def test_each_place_gets_its_own_post(rig: Rig) -> None:
    send(rig, "ici")
    rig.adapter.send(rig.other, Post("là"), "k2")
    assert [(post.place_ref, post.text) for post in rig.posts()] == [
        (rig.place.place_ref, "ici"),
        (rig.other.place_ref, "là"),
    ]


def test_a_member_gets_a_direct_message(rig: Rig) -> None:
    rig.tells_us("bonjour")  # on Telegram we may only answer
    rig.adapter.send(Address(member_ref=rig.ana), Post("Merci !"), "k1")
    assert last(rig).text == "Merci !"
    assert last(rig).place_ref != rig.place.place_ref


def test_buttons_stand_under_the_post_in_order(rig: Rig) -> None:
    send(rig, "Publier ?", YES, NO)
    assert last(rig).buttons == ("Oui", "Non")


def test_an_edit_changes_text_and_buttons(rig: Rig) -> None:
    receipt = send(rig, "Publier ?", YES, NO)
    rig.adapter.send(rig.place, Edit(str(receipt.message_ref), "C'est publié."), "k2")
    assert (last(rig).text, last(rig).buttons) == ("C'est publié.", ())


def test_an_edit_that_changes_nothing_is_fine(rig: Rig) -> None:
    receipt = send(rig, "Pareil")
    for key in ("k2", "k3"):
        rig.adapter.send(rig.place, Edit(str(receipt.message_ref), "Pareil"), key)
    assert last(rig).text == "Pareil"


def test_a_removed_post_is_gone_and_removing_it_again_is_fine(rig: Rig) -> None:
    receipt = send(rig, "Oups")
    for key in ("k2", "k3"):
        rig.adapter.send(rig.place, Remove(str(receipt.message_ref)), key)
    assert rig.posts() == []


def test_a_reaction_stands_once_however_often_it_is_sent(rig: Rig) -> None:
    heard = only(rig.says("Voilà ma réponse"))
    for key in ("k1", "k2"):
        rig.adapter.send(rig.place, React(str(heard.message_ref), "👍"), key)
    assert rig.reactions() == [(heard.message_ref, "👍")]


# --- texts


def test_a_long_text_is_cut_with_a_visible_mark(rig: Rig) -> None:
    send(rig, "été 👩‍👩‍👧 " * 2000)
    assert len(rig.posts()) == 1
    assert last(rig).text.endswith("…")
    assert len(last(rig).text) > rig.adapter.capabilities.max_text // 2
    assert "\ufffd" not in last(rig).text


HOSTILE = [
    "<!channel> <!here> <!everyone>",
    "<@U0ANA> <#C0SALON> <!subteam^S123>",
    "@everyone @channel @all",
    "<https://evil.example|la banque>",
    '<a href="https://evil.example">ici</a>',
    "<b>gras</b> & <script>alert(1)</script>",
    "&lt;!channel&gt;",
    "tg://user?id=1",
    "javascript:alert(1)",
    "\u202eécrit à l'envers\u202c",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_text(rig: Rig, name: str) -> None:
    send(rig, f"Merci {escaped(name)} !")
    assert last(rig).live == ()
    assert name.strip("\u202e\u202c") in last(rig).text


def test_formats_in_a_name_are_not_formats(rig: Rig) -> None:
    send(rig, f"Merci {escaped('*Ana* _B_ `c` ~d~')} !")
    assert last(rig).bold == ()
    assert last(rig).text == "Merci *Ana* _B_ `c` ~d~ !"


def test_a_link_can_be_followed(rig: Rig) -> None:
    send(rig, "[le fil](https://example.com/a?b=1&c=2)")
    assert last(rig).live == ("https://example.com/a?b=1&c=2",)
    assert last(rig).text == "le fil"


def test_a_link_to_a_script_is_only_text(rig: Rig) -> None:
    send(rig, "[clic](javascript:alert(1))")
    assert last(rig).live == ()


def test_everyone_is_mentioned_only_where_that_is_allowed(rig: Rig) -> None:
    rig.adapter.send(rig.place, Post("Rendez-vous !", mention_everyone=True), "k1")
    assert last(rig).live == (("everyone",) if rig.platform == "slack" else ())


def test_lists_and_lines_stay_apart(rig: Rig) -> None:
    send(rig, "Résultats :\n\n- premier\n- second\n\nMerci")
    lines = [line for line in last(rig).text.splitlines() if line.strip()]
    assert [line.lstrip("•- ").strip() for line in lines] == ["Résultats :", "premier", "second", "Merci"]


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
        pytest.skip("no forms on this platform")
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


# --- when it goes wrong


def test_a_lost_reply_is_unknown_and_nothing_is_sent_twice(rig: Rig) -> None:
    rig.breaks("lost reply")
    with pytest.raises(DeliveryUnknown):
        send(rig, "une seule fois")
    assert len(rig.posts()) == 1


def test_a_server_error_is_unknown(rig: Rig) -> None:
    rig.breaks("server error")
    with pytest.raises(DeliveryUnknown):
        send(rig, "peut-être")


def test_a_post_is_found_again_by_its_key_where_the_platform_can(rig: Rig) -> None:
    since = time.time_ns() // 1000
    rig.breaks("lost reply")
    with pytest.raises(DeliveryUnknown):
        send(rig, "cherche-moi", key="k-lost")
    send(rig, "un autre", key="k-other")
    found = rig.adapter.find(rig.place, Post("cherche-moi"), "k-lost", since)
    if not rig.adapter.capabilities.reads_back:
        assert found is None
        return
    assert found is not None and [one.message_ref for one in found] == [rig.posts()[0].ref]
    assert rig.adapter.find(rig.place, Post("?"), "k-never", since) == []


def test_a_reply_is_found_again_by_its_key(rig: Rig) -> None:
    if not rig.adapter.capabilities.reads_back:
        pytest.skip("this platform cannot be read back")
    root = send(rig, "Question")
    reply = send(rig, "rappel", under=root.message_ref, key="k-reply")
    found = rig.adapter.find(rig.place, Post("rappel", under=root.message_ref), "k-reply", 0)
    assert found is not None and [one.message_ref for one in found] == [reply.message_ref]


def test_no_connection_is_surely_not_sent(rig: Rig) -> None:
    rig.breaks("away")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "jamais")
    assert not failed.value.permanent


def test_too_fast_tells_how_long_to_wait(rig: Rig) -> None:
    rig.breaks("too fast")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "trop vite")
    assert (failed.value.retry_after, failed.value.permanent) == (TOO_FAST_SECONDS, False)
    assert rig.posts() == []
    send(rig, "à l'heure")
    assert len(rig.posts()) == 1


def test_a_place_without_us_is_refused_for_good_with_a_mend(rig: Rig) -> None:
    rig.breaks("not in place")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "personne")
    assert failed.value.permanent and failed.value.what and failed.value.mend
    rig.mends()
    send(rig, "de retour")
    assert len(rig.posts()) == 1


def test_a_member_who_cannot_be_written_to_is_told_apart(rig: Rig) -> None:
    rig.breaks("unreachable member")
    with pytest.raises(DeliveryFailed) as failed:
        rig.adapter.send(Address(member_ref=rig.ana), Post("coucou"), "k1")
    assert failed.value.permanent


def test_a_token_that_is_gone_is_refused_for_good(rig: Rig) -> None:
    rig.breaks("token gone")
    with pytest.raises(DeliveryFailed) as failed:
        send(rig, "qui suis-je")
    assert failed.value.permanent and failed.value.mend


def test_a_moved_place_names_its_new_reference(rig: Rig) -> None:
    if not rig.can_move:
        pytest.skip("places keep their reference on this platform")
    new_ref = rig.moves()
    with pytest.raises(PlaceMoved) as moved:
        send(rig, "où êtes-vous ?")
    assert moved.value.new_ref == new_ref


def test_an_act_on_a_message_that_is_gone_is_refused(rig: Rig) -> None:
    post = send(rig, "bientôt parti")
    rig.adapter.send(rig.place, Remove(str(post.message_ref)), "k2")
    with pytest.raises(DeliveryFailed) as failed:
        rig.adapter.send(rig.place, Edit(str(post.message_ref), "trop tard"), "k3")
    assert failed.value.permanent


# --- before anything is sent


def test_calls_tell_what_send_would_do_and_do_nothing(rig: Rig) -> None:
    told = rig.adapter.calls(rig.place, Post("Bonjour", (YES,)), "k1")
    assert told and all(call.method for call in told)
    assert "token" not in str(told).lower()
    assert rig.posts() == []


def test_the_place_is_found_by_its_reference(rig: Rig) -> None:
    assert rig.adapter.resolve(str(rig.place.place_ref)).ref == rig.place.place_ref


def test_a_healthy_connection_has_no_findings(rig: Rig) -> None:
    assert rig.adapter.check([rig.place]) == []


def test_a_lost_token_is_a_finding_with_a_mend(rig: Rig) -> None:
    rig.breaks("token gone")
    findings = rig.adapter.check([rig.place])
    assert findings and all(finding.what and finding.mend for finding in findings)


def escaped(text: str) -> str:
    """A member's words as the renderer puts them into Markdown: every punctuation mark escaped."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~&:/@\"'=^$%?,;" else char for char in text)
