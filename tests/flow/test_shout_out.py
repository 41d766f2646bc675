"""Members are thanked for a reason, after a host agreed, and never against their wish."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from orchestrator.flow import amend, decisions, take_back
from orchestrator.playbook.schema import Approval
from orchestrator.rules.days import LocalDays
from orchestrator.store import rituals
from orchestrator.store.session import Store
from orchestrator.store.tables import Badge, Deed, Member, Part, Place, Presence, Run, to_us
from tests.flow.theatre import MONDAY, SUNDAY, Theatre, playbook, ritual, theatre

MODEL = {"top": 2, "badge": "ambassadeur", "badge_after": "1 time"}


def house(store: Store, *, approved: bool = False, **model: object) -> Theatre:
    there = theatre(store)
    thanks = ritual("merci", "shout_out", model={**MODEL, **model}, approval=Approval(required=approved))
    there.apply(playbook(thanks, tone="tu"))
    return there


def helped(there: Theatre, ref: str, name: str, times: int) -> int:
    """A member whose help was thanked so often in the last days."""
    member_id = there.member(ref, name)
    with there.store.write() as session:
        place = session.scalars(select(Place).where(Place.ref == "C1")).first()
        assert place is not None
        session.add(Presence(place_id=place.id, member_id=member_id, joined_at=SUNDAY))
        day = LocalDays("Europe/Paris")(to_us(SUNDAY))
        for number in range(times):
            root = member_id * 100 + number
            session.add(Deed(place_id=place.id, root_ref=root, member_id=member_id, kind="helped", day=day))
    return member_id


def badges(there: Theatre) -> list[int]:
    with there.store.read() as session:
        return sorted(session.scalars(select(Badge.member_id)))


def posts(there: Theatre) -> list[str]:
    return [entry.text for entry in there.said()]


def test_those_who_helped_most_are_thanked_by_name_with_the_reason(store: Store) -> None:
    there = house(store)
    zoe, nadia = helped(there, "U5", "Zoé Martin", 3), helped(there, "U6", "Nadia B", 1)
    helped(there, "U7", "", 2)  # nobody knows their name
    there.live_until(MONDAY)

    (post,) = posts(there)
    assert "Zoé" in post and "saluée 3 fois" in post and "Nadia" in post and "Martin" not in post
    assert badges(there) == [zoe, nadia]


def test_nobody_has_a_badge_for_thanks_that_name_them_nowhere(store: Store) -> None:
    there = house(store)
    zoe, nadia = helped(there, "U5", "Zoé Martin", 3), helped(there, "U6", "Nadia B", 1)
    with store.write() as session:
        places = dict(session.execute(select(Place.ref, Place.id)).all())
        session.execute(update(Presence).where(Presence.member_id == zoe).values(place_id=places["C9"]))
    wish = ritual("merci", "shout_out", model=MODEL, who=["tous"])
    there.apply(playbook(wish, segments={"tous": {"not": {"badge": "x"}}}))
    there.live_until(MONDAY)

    assert "Nadia" in posts(there)[0] and "Zoé" not in posts(there)[0]
    assert badges(there) == [nadia]


def test_thanks_that_are_taken_back_take_their_badge_with_them(store: Store) -> None:
    there = house(store)
    told = ritual("bravo", "steps", when=["badge earned"], model=[{"post": "Un badge de plus."}])
    there.apply(playbook(ritual("merci", "shout_out", model=MODEL), told, tone="tu", pace={"posts": 9}))
    helped(there, "U5", "Zoé Martin", 3)
    there.live_until(MONDAY)
    assert len(badges(there)) == 1
    with store.write() as session:
        run = session.scalars(select(Run).where(Run.key.not_like("earned:%"))).one()
        take_back.take_back(there.app, session, rituals.of_runs(session, [run])[run.id], run, "command line")
    there.tick()

    assert badges(there) == [] and posts(there) == ["Un badge de plus."]
    with store.read() as session:
        assert set(session.scalars(select(Part.state))) == {"refused"}
    there.live_until(MONDAY + timedelta(days=7))
    assert len(badges(there)) == 1 and posts(there).count("Un badge de plus.") == 2, "earned anew, it is told anew"


def test_who_declined_praise_is_never_proposed(store: Store) -> None:
    there = house(store)
    zoe = helped(there, "U5", "Zoé Martin", 3)
    with store.write() as session:
        session.get_one(Member, zoe).no_praise_at = SUNDAY
    there.live_until(MONDAY)

    assert posts(there) == [] and there.run().reason == "nobody to write to"


def test_a_host_takes_somebody_out_and_they_get_neither_thanks_nor_badge(store: Store) -> None:
    there = house(store, approved=True)
    zoe, nadia = helped(there, "U5", "Zoé Martin", 3), helped(there, "U6", "Nadia B", 1)
    there.live_until(MONDAY - timedelta(hours=20))
    (asked,) = there.approvals()
    with store.write() as session:
        amend.tick(there.app, session, asked.code, nadia, False, "command line")
    asked = next(one for one in there.approvals() if one.state == "asked")
    with store.write() as session:
        decisions.decide(session, asked.code, "command line", True, there.clock.now())
    there.live_until(MONDAY)

    (post,) = posts(there)
    assert "Zoé" in post and "Nadia" not in post
    assert badges(there) == [zoe]
    with store.read() as session:
        assert {part.member_id: part.state for part in session.scalars(select(Part))} == {
            zoe: "praised",
            nadia: "refused",
        }


def test_silence_of_the_hosts_thanks_nobody(store: Store) -> None:
    there = house(store, approved=True)
    helped(there, "U5", "Zoé Martin", 3)
    there.live_until(MONDAY + timedelta(days=1))

    assert posts(there) == [] and badges(there) == []
    assert there.run().reason == "not approved in time"


def test_the_badge_comes_with_the_last_of_the_praises_it_takes(store: Store) -> None:
    there = house(store, badge_after="2 times")
    zoe = helped(there, "U5", "Zoé Martin", 3)
    there.live_until(MONDAY)
    assert badges(there) == []
    there.live_until(MONDAY + timedelta(days=7))

    assert badges(there) == [zoe] and "badge « ambassadeur »" in posts(there)[-1].replace("\xa0", " ")
