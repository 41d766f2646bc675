"""A host wrote the text: what changes of its own accord still does, and the wish of whoever declines praise holds."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from orchestrator.ports import Inbound
from orchestrator.rules.days import LocalDays
from orchestrator.store.session import Store
from orchestrator.store.tables import Badge, Deed, Place, Presence, to_us
from tests.flow.backstage import INES, Backstage, backstage, two_rooms
from tests.flow.theatre import MONDAY, SUNDAY, ritual

NEEDS = {"required": True, "within": "6 hours"}
ASKED = MONDAY - timedelta(hours=6)


def edited(hosts: Backstage, text: str) -> None:
    """A host writes another text, and agrees to it."""
    hosts.there.live_until(ASKED)
    hosts.presses("Modifier")
    hosts.submits(text)
    hosts.presses("Publier")


def test_the_tally_of_a_vote_stands_below_their_words_and_the_close_is_told(store: Store) -> None:
    model = {"question": "Quel sujet ?", "options": ["Prix", "IA"]}
    hosts = backstage(store, two_rooms(ritual("vote", "poll", model=model, approval=NEEDS)))
    edited(hosts, "On choisit ensemble ?")
    hosts.there.live_until(MONDAY)
    assert hosts.texts(place="C1") == ["On choisit ensemble ?"]

    for number, option in enumerate((0, 0, 1)):
        known = {"place_ref": "C1", "message_ref": "1", "event_ref": f"v{number}", "to_us": True}
        key = f"vote-{hosts.there.run().code}-open-{option}"
        at = to_us(hosts.there.clock.now())
        hosts.tells("slack", Inbound(kind="pressed", member_ref=f"U7{number}", at=at, data={"key": key}, **known))
    hosts.there.live_until(MONDAY + timedelta(minutes=1))
    (now,) = hosts.texts(place="C1")
    assert now.startswith("On choisit ensemble ?\n\nPrix\n") and "2 voix" in now and "3 personnes ont voté." in now
    hosts.there.live_until(MONDAY + timedelta(days=3))
    closed = hosts.texts(place="C1")[0]
    assert closed.startswith("On choisit ensemble ?") and closed.endswith("3 personnes ont voté.")


def _hall(store: Store, **members: int) -> tuple[Backstage, dict[str, int]]:
    """Members whose help was thanked so often, and a hall of fame that hosts are asked about."""
    model = {"top": 2, "badge": "ambassadeur", "badge_after": "1 time"}
    needs = {**NEEDS, "by": ["ines", "zoe"]}
    people = {"ines": {"slack": INES}, "zoe": {"slack": "U50"}}
    thanks = ritual("merci", "shout_out", model=model, approval=needs)
    hosts = backstage(store, two_rooms(thanks, people=people, hosts={"people": ["ines"], "space": "coulisses"}))
    ids = {name: hosts.there.member(f"U5{n}", f"{name} B") for n, name in enumerate(members)}
    with store.write() as session:
        place = session.scalars(select(Place).where(Place.ref == "C1").order_by(Place.id)).first()
        assert place is not None
        day = LocalDays("Europe/Paris")(to_us(SUNDAY))
        for name, times in members.items():
            session.add(Presence(place_id=place.id, member_id=ids[name], joined_at=SUNDAY))
            for number in range(times):
                root = ids[name] * 100 + number
                session.add(Deed(place_id=place.id, root_ref=root, member_id=ids[name], kind="helped", day=day))
    return hosts, ids


def test_who_declines_praise_is_taken_out_of_a_text_that_was_agreed_to(store: Store) -> None:
    hosts, ids = _hall(store, Zoé=3, Nadia=1)
    edited(hosts, "Bravo à zoe et à Nadia !")
    hosts.says("stop", "praise", who="U50", place="D50")
    hosts.there.live_until(MONDAY)

    (post,) = hosts.texts(place="C1")
    assert "zoe" not in post and "Nadia" in post and post.startswith("Bravo à ")
    with store.read() as session:
        assert list(session.scalars(select(Badge.member_id))) == [ids["Nadia"]]


def test_nobody_agrees_to_their_own_praise(store: Store) -> None:
    hosts, _ = _hall(store, Zoé=3, Nadia=1)  # Zoé, U50, may agree without being a host
    hosts.there.live_until(ASKED)
    hosts.presses("Publier", who="U50")
    assert "C’est de vous qu’il s’agit" in hosts.notices()[-1]

    hosts.presses("☑ zoe", who="U50")
    hosts.presses("Publier", who="U50")
    hosts.there.live_until(MONDAY)
    (post,) = hosts.texts(place="C1")
    assert "Nadia" in post and "zoe" not in post
