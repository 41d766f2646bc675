"""Time that passes in a scene: rows are put into the past, and the running clock finds what is due by then."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, select

from orchestrator.rules.business import hours_up
from orchestrator.rules.zone import read_zone
from orchestrator.store.tables import Delivery, MemberTotal, Part, PlaybookRow, Question, Ritual, Run, Stage
from tests.faults.halls import Hall
from tests.faults.world import World, noon

#: Business hours after which a question is put to those who know.
UNANSWERED = timedelta(hours=4)
HOUR = timedelta(hours=1)


def runs(world: World, here: Hall, ritual: str) -> list[Run]:
    """The runs of one of the hall's rituals, oldest first."""
    with world.store.read() as session:
        ids = _ritual(here, ritual).with_only_columns(Ritual.id)
        return list(session.scalars(select(Run).where(Run.ritual_id.in_(ids)).order_by(Run.id)))


def pass_time(world: World, run_id: int, duration: timedelta) -> None:
    """Put a run and what its people did so far into the past: the running clock finds what is due by then."""
    with world.store.write() as session:
        run = session.get_one(Run, run_id, with_for_update=True)  # the run before its stages, as everybody
        stages = session.scalars(select(Stage).where(Stage.run_id == run_id).order_by(Stage.id).with_for_update()).all()
        run.due_at, run.closes_at = run.due_at - duration, run.closes_at and run.closes_at - duration
        run.opened_at = run.opened_at and run.opened_at - duration
        for stage in stages:
            stage.at -= duration
        parts = session.scalars(select(Part).where(Part.run_id == run_id)).all()
        for part in parts:
            part.at -= duration
        ids = {part.member_id for part in parts}
        for total in session.scalars(select(MemberTotal).where(MemberTotal.member_id.in_(ids))):
            total.first_at, total.last_at = total.first_at - duration, total.last_at - duration
        for post in session.scalars(select(Delivery).where(Delivery.run_id == run_id, Delivery.state == "due")):
            post.not_before -= duration


def comes_up(world: World, here: Hall, ritual: str, ahead: timedelta) -> None:
    """Let a ritual's next moment be so far ahead: its hosts are asked about it now."""
    now = world.app.now()
    with world.store.write() as session:
        row = session.scalars(_ritual(here, ritual)).one()
        row.next_at, row.next_due_at = now, now + ahead


def grows_old(world: World, text: str) -> None:
    """Put the question with that text so far into the past that its hours are up."""
    with world.store.write() as session:
        asked = session.scalars(select(Question).where(Question.text == text)).one()
        now, zone = world.app.now(), read_zone(noon())
        while hours_up(asked.at, UNANSWERED, zone) > now - HOUR:
            asked.at -= HOUR


def _ritual(here: Hall, name: str) -> Select[tuple[Ritual]]:
    rituals = select(Ritual).join(PlaybookRow, PlaybookRow.id == Ritual.playbook_id)
    return rituals.where(PlaybookRow.name == here.name, Ritual.name == name)
