"""What hosts do in their own space, through the real SDKs: edit, leave people out, take back, and each word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from orchestrator.rules.days import LocalDays
from orchestrator.store.session import Store
from orchestrator.store.tables import Deed, Handle, Place, to_us
from tests.e2e import town as towns
from tests.e2e.house import until
from tests.e2e.test_approval import NO, RITUAL, YES, Asked, labels
from tests.e2e.town import ALEXIS, ANA, BACK_ROOM, BEN, COULISSES, GROUP, INES_TOO, SALON

MERCI = """\
  merci:
    when: le 2099-01-05 à 15h
    where: salon
    shout_out: {top: 3}
"""


@pytest.fixture
def asked(tmp_path: Path, sqlite_url: str) -> Iterator[Asked]:
    with towns.opened() as town:
        house = towns.house(town, tmp_path, sqlite_url, slack_app_token=town.slack.tokens["app"])
        playbook = tmp_path / "playbooks" / "cercle.yaml"
        playbook.write_text(playbook.read_text(encoding="utf-8") + MERCI, encoding="utf-8")
        try:
            house.start("run").wait_until_ready()
            town.wait_until_connected()
            yield Asked(house, town)
        finally:
            house.close()


def in_the_salon(asked: Asked) -> tuple[list[str], list[str]]:
    """What members read, on each platform."""
    slack = [one["text"] for one in asked.town.slack_posts(SALON)]
    return slack, [one.text for one in asked.town.telegram_posts(GROUP)]


def in_the_back(asked: Asked, words: str) -> dict[str, Any]:
    """Wait for a post in the hosts' space on Slack that says this."""

    def look() -> dict[str, Any] | None:
        return next((one for one in asked.town.slack_posts(COULISSES) if words in one["text"]), None)

    return until(look, f"hosts read {words!r}")


def in_the_back_room(asked: Asked, words: str) -> None:
    """The same on Telegram."""
    until(lambda: any(words in one.text for one in asked.town.telegram_posts(BACK_ROOM)), f"{words!r} on Telegram")


def test_a_text_is_edited_by_form_and_by_reply_then_agreed_to_and_taken_back(asked: Asked) -> None:
    town = asked.town
    on_slack, _ = asked.hold()
    trigger = town.slack.presses(ALEXIS, COULISSES, on_slack, "Modifier")
    until(lambda: ALEXIS in town.slack.workspace.views, f"the form opens for {trigger}")
    (field,) = [one for one in town.slack.workspace.views[ALEXIS]["blocks"] if one["type"] == "input"]
    assert field["element"]["initial_value"] == "La table ronde aura lieu jeudi."
    town.slack.submits(ALEXIS, "La table ronde aura lieu **vendredi**.")
    in_the_back(asked, "La table ronde aura lieu *vendredi*")
    until(lambda: len(town.telegram_posts(BACK_ROOM)) == 2, "asked anew on Telegram")
    assert labels(in_the_back(asked, "ne compte plus")) == []

    request = town.telegram_posts(BACK_ROOM)[-1].message_id
    town.telegram.presses(INES_TOO, BACK_ROOM, request, "Modifier")
    town.telegram.updates.wait_until_heard()
    town.telegram.says(INES_TOO, BACK_ROOM, "La table ronde aura lieu samedi.", reply_to=request)
    newest = in_the_back(asked, "samedi")
    until(lambda: YES in labels(newest), "the newest request can be decided")
    town.slack.presses(ALEXIS, COULISSES, newest["ts"], YES)
    until(lambda: asked.posted() == (1, 1), "it is posted")
    assert in_the_salon(asked) == (["La table ronde aura lieu samedi."], ["La table ronde aura lieu samedi."])

    until(lambda: "Retirer" in labels(in_the_back(asked, "c’est parti")), "it can be taken back")
    town.slack.presses(ALEXIS, COULISSES, in_the_back(asked, "c’est parti")["ts"], "Retirer")
    until(lambda: asked.posted() == (0, 0), "it is gone from both platforms")
    assert asked.why("stopped")["reason"] == "refused"
    in_the_back_room(asked, "retiré par Alexis")
    until(lambda: not labels(in_the_back(asked, "retiré par Alexis")), "the button is gone")


def helped(database: str, *refs: str) -> None:
    """Let these members of the salon have helped somebody today."""
    store = Store(database)
    with store.write() as session:
        place = session.scalars(select(Place).where(Place.ref == SALON)).one()
        day = LocalDays(towns.ZONE)(to_us(datetime.now(UTC)))
        for n, member_id in enumerate(session.scalars(select(Handle.member_id).where(Handle.ref.in_(refs))).all()):
            session.add(Deed(place_id=place.id, root_ref=n, member_id=member_id, kind="helped", day=day))
    store.close()


def test_who_a_host_takes_out_is_not_thanked(asked: Asked, sqlite_url: str) -> None:
    helped(sqlite_url, ANA, BEN)
    asked.house.facts("hold", "cercle/merci")
    request = in_the_back(asked, "Ana")
    assert {"☑ Ana", "☑ Ben"} <= set(labels(request))

    asked.town.slack.presses(ALEXIS, COULISSES, request["ts"], "☑ Ben")
    until(lambda: "☐ Ben" in labels(in_the_back(asked, "Ana")), "the box is empty")
    room = asked.town.telegram_posts(BACK_ROOM)[-1]
    until(lambda: "☐ Ben" in [button["text"] for button in room.buttons()], "on Telegram too")
    asked.town.telegram.presses(INES_TOO, BACK_ROOM, room.message_id, YES)
    until(lambda: len(asked.town.slack_posts(SALON)) == 1, "the thanks are posted")
    (thanks,) = in_the_salon(asked)[0]
    assert "Ana" in thanks and "Ben" not in thanks


def test_each_word_is_obeyed_on_both_platforms(asked: Asked) -> None:
    slack, telegram = asked.town.slack, asked.town.telegram
    slack.commands(ALEXIS, COULISSES, "next")
    in_the_back(asked, "Ce qui vient")
    telegram.says(INES_TOO, BACK_ROOM, "/pause question")
    in_the_back(asked, "a mis *question* en pause")
    in_the_back_room(asked, "a mis question en pause")
    slack.commands(ALEXIS, COULISSES, "hold question")
    in_the_back(asked, "il était en pause")
    telegram.says(INES_TOO, BACK_ROOM, "/reprendre question")
    in_the_back(asked, "fin à la pause de *question*")

    telegram.says(INES_TOO, BACK_ROOM, "/lancer question")
    until(lambda: asked.posted() == (1, 1), "the question is held")
    slack.commands(ALEXIS, COULISSES, "why question")
    in_the_back(asked, "publié dans")
    telegram.says(INES_TOO, BACK_ROOM, "/retirer question")
    until(lambda: asked.posted() == (0, 0), "the question is taken back")
    in_the_back(asked, "retiré par")
    slack.commands(ALEXIS, COULISSES, "skip annonce")
    in_the_back(asked, "a passé *annonce*")


def test_words_of_others_are_refused_to_them_alone(asked: Asked) -> None:
    before = len(asked.town.slack_posts(SALON))
    asked.town.slack.commands(ANA, SALON, "pause")
    asked.town.telegram.says(towns.CHLOE, towns.CHLOE, "/pause")
    until(lambda: "réservé aux hôtes" in str(asked.town.slack.workspace.ledger), "Ana is told")
    until(lambda: any("réservé aux hôtes" in one.text for one in asked.town.telegram_posts(towns.CHLOE)), "Chloé too")

    assert len(asked.town.slack_posts(SALON)) == before
    on_slack, _ = asked.hold()
    asked.town.slack.presses(ALEXIS, COULISSES, on_slack, NO)
    assert asked.why("skipped")["reason"] == "refused"


def test_the_command_takes_back_what_is_out(asked: Asked) -> None:
    asked.hold()
    (request,) = asked.house.facts("approve")["approvals"]
    assert asked.house.tertulia("approve", request["id"][:8]).returncode == 0
    until(lambda: asked.posted() == (1, 1), "it is posted")

    assert asked.house.facts("take-back", RITUAL)["taken_back"]
    until(lambda: asked.posted() == (0, 0), "it is gone")
    in_the_back(asked, "en ligne de commande")
