"""What the guardrails count in a place: exactly the last hours, whatever was said before or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from orchestrator.ports import Edit, Post
from orchestrator.rules.pace import Talk
from orchestrator.store import activity, deliveries, guardrails
from orchestrator.store.activity import Fact
from orchestrator.store.session import Store
from orchestrator.store.tables import Activity, Delivery, Place, Run, Space, to_us
from tests.circle import Circle, circle, open_run

NOW = datetime(2026, 12, 9, 9, 30, tzinfo=UTC)
WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)


def keep(store: Store, here: Circle, facts: Sequence[Fact]) -> None:
    with store.write() as session:
        spaces = dict.fromkeys((here.slack_place_id, here.telegram_place_id), here.space_id)
        activity.keep(session, facts, spaces)


def said(place_id: int, number: int, at: datetime, kind: int = activity.SAID) -> Fact:
    return place_id, number, kind, 0, 7, 20_000, to_us(at), None, None, 3, 0


def talk(store: Store, place_id: int, over: timedelta = WEEK, **more: list[int]) -> Talk:
    with store.read() as session:
        return guardrails.talk(session, [place_id], NOW, over, **more)[place_id]


def test_messages_of_exactly_the_window_are_counted(store: Store) -> None:
    here = circle(store)
    moments = [NOW - WEEK - SECOND, NOW - WEEK, NOW - WEEK + SECOND, NOW - SECOND, NOW]
    keep(store, here, [said(here.slack_place_id, n, at) for n, at in enumerate(moments, 1)])
    assert talk(store, here.slack_place_id) == Talk(people=3)
    assert talk(store, here.slack_place_id, timedelta(hours=1)) == Talk(people=2)


def test_only_messages_in_the_place_count(store: Store) -> None:
    here = circle(store)
    kinds = (activity.SAID, activity.FORM, activity.DIRECT, activity.REACTED, activity.REMOVED)
    keep(store, here, [said(here.slack_place_id, 1, NOW, kind) for kind in kinds])
    keep(store, here, [said(here.telegram_place_id, n, NOW) for n in range(5)])
    assert (talk(store, here.slack_place_id), talk(store, here.telegram_place_id)) == (Talk(people=1), Talk(people=5))


def test_what_stands_before_the_window_is_not_even_read_and_a_little_disorder_does_no_harm(store: Store) -> None:
    here = circle(store)
    hour = timedelta(hours=1)
    numbered = [said(here.slack_place_id, n, NOW - WEEK - 30 * hour + n * hour) for n in range(1, 60)]
    late = [said(here.slack_place_id, 100, NOW - WEEK - hour), said(here.slack_place_id, 101, NOW - hour)]
    keep(store, here, [*numbered, *late])
    assert talk(store, here.slack_place_id).people == sum(fact[6] > to_us(NOW - WEEK) for fact in [*numbered, *late])


ages = st.lists(st.integers(-60 * 24, 14 * 24 * 60), max_size=25)  # in minutes


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=ages, ours=ages, hours=st.integers(1, 300))
def test_counts_equal_those_of_a_plain_look_at_every_row(
    store: Store, people: list[int], ours: list[int], hours: int
) -> None:
    here, over = _emptied(store), timedelta(hours=hours)
    spoken = sorted(NOW - timedelta(minutes=age) for age in people)
    posted = [NOW - timedelta(minutes=age) for age in ours]
    keep(store, here, [said(here.slack_place_id, n, at) for n, at in enumerate(spoken)])
    _post(store, here, posted)
    expected = Talk(
        ours=sum(at > NOW - over for at in posted),
        people=sum(at > NOW - over for at in spoken),
        week=sum(at > NOW - WEEK for at in posted),
    )
    assert talk(store, here.slack_place_id, over) == expected


def test_what_is_planned_is_ours_already_and_what_never_left_is_not(store: Store) -> None:
    here = _emptied(store)
    _post(store, here, [NOW + SECOND, NOW + WEEK], state="held")
    _post(store, here, [NOW] * 3, state="skipped")
    _post(store, here, [NOW] * 2, counts=False)
    assert talk(store, here.slack_place_id) == Talk(ours=2, week=2)


def test_a_run_s_own_posts_can_be_left_out(store: Store) -> None:
    here = circle(store)
    mine, other = open_run(store, here), open_run(store, here, key="2026-12-07T13:00")
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    with store.read() as session:
        count = (here.slack_place_id,), at, at + SECOND
        assert guardrails.posts(session, *count) == {here.slack_place_id: 2}
        assert guardrails.posts(session, *count, without=[mine]) == {here.slack_place_id: 1}
        assert guardrails.posts(session, *count, without=[mine, other]) == {}


def _emptied(store: Store) -> Circle:
    """The circle, with nothing said in it."""
    with store.write() as session:
        session.execute(delete(Activity))
        session.execute(delete(Delivery))
        if (place := session.get(Place, 1)) is not None:
            space = session.get_one(Space, place.space_id)
            return Circle(space.community_id, space.id, 1, 2, 1, 2)
    here = circle(store)
    open_run(store, here)
    return _emptied(store)


def _post(store: Store, here: Circle, moments: Sequence[datetime], state: str = "sent", counts: bool = True) -> None:
    with store.write() as session:
        place, run = session.get_one(Place, here.slack_place_id), session.get_one(Run, 1)
        for n, at in enumerate(moments):
            row = deliveries.plan(
                session,
                run=run,
                stage=f"{state}{counts}{n}",
                target=f"place:{place.id}",
                body=Post("bonjour") if counts else Edit("1", "bonjour"),
                not_before=at,
                place=place,
                counts=counts,
            )
            row.state, row.sent_at = state, at if state == "sent" else None
