"""What every platform promises the core about what we post, asked of each adapter before its own fake platform."""

from __future__ import annotations

import time

import pytest

from orchestrator.ports import Address, Edit, Post, React, Remove
from tests.adapters.acts import NO, YES, last, only, send
from tests.adapters.rig import Rig

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


def test_a_direct_message_is_edited_where_it_arrived(rig: Rig) -> None:
    rig.tells_us("bonjour")
    receipt = rig.adapter.send(Address(member_ref=rig.ana), Post("Veux-tu parler ?", (YES, NO)), "k1")
    there = Address(place_ref=receipt.place_ref, member_ref=rig.ana)
    rig.adapter.send(there, Edit(str(receipt.message_ref), "C'est noté."), "k2")
    assert (last(rig).text, last(rig).buttons) == ("C'est noté.", ())


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
    assert last(rig).live == (() if rig.platform == "telegram" else ("everyone",))


def test_lists_and_lines_stay_apart(rig: Rig) -> None:
    send(rig, "Résultats :\n\n- premier\n- second\n\nMerci")
    lines = [line for line in last(rig).text.splitlines() if line.strip()]
    assert [line.lstrip("•- ").strip() for line in lines] == ["Résultats :", "premier", "second", "Merci"]


# --- before anything is sent


def test_calls_tell_what_send_would_do_and_do_nothing(rig: Rig) -> None:
    told = rig.adapter.calls(rig.place, Post("Bonjour", (YES,)), "k1")
    assert told and all(call.method for call in told)
    assert "token" not in str(told).lower()
    assert rig.posts() == []


def test_the_place_is_found_by_its_reference(rig: Rig) -> None:
    assert rig.adapter.resolve(str(rig.place.place_ref)).ref == rig.place.place_ref


def escaped(text: str) -> str:
    """A member's words as the renderer puts them into Markdown: every punctuation mark escaped."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~&:/@\"'=^$%?,;" else char for char in text)
