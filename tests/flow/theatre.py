"""A whole house to test runs in: playbooks applied, a clock to move, platforms with a ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orchestrator.errors import Refused
from orchestrator.flow import apply, due, facts, prepare
from orchestrator.flow.app import App
from orchestrator.flow.deliver import deliver
from orchestrator.playbook.schema import Playbook, Ritual
from orchestrator.ports import Capabilities, MemberSeen, PlaceSeen
from orchestrator.render import Renderer
from orchestrator.rituals.asked import asked
from orchestrator.rituals.kinds import KINDS
from orchestrator.settings import Settings
from orchestrator.store import rituals, waiting
from orchestrator.store.session import Store
from orchestrator.store.tables import (
    Answer,
    Approval,
    Connection,
    Delivery,
    Handle,
    Member,
    Run,
    Stage,
    Trace,
)
from orchestrator.store.tables import Ritual as RitualRow
from tests.flow.platform import Clock, Entry, Platform

#: A Sunday evening; the Monday's prompt is due at 09:30 in Paris, 08:30 UTC.
SUNDAY = datetime(2026, 11, 29, 18, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
QUESTIONS = ["Quel prix", "Qui recruter", "Quelle levée", "Quel outil"]


class Town(Platform):
    """A platform that also knows its places and who is in them."""

    def __init__(self, clock: Clock, platform: str) -> None:
        super().__init__(clock)
        self.capabilities = Capabilities(platform, 4000, forms=False, reads_back=False)
        self.names = {"#salon": "C1", "#coulisses": "C9", "#jardin": "C2"}
        self.present: dict[str, list[MemberSeen]] = {}
        self.resolved: list[str] = []

    def resolve(self, ref: str) -> PlaceSeen:
        self.resolved.append(ref)
        if ref in self.names.values():
            return PlaceSeen(ref=ref, title=ref)
        if ref not in self.names:
            raise Refused(f"there is no place {ref}", "paste its link")
        return PlaceSeen(ref=self.names[ref], title=ref.lstrip("#"))

    def member(self, ref: str) -> MemberSeen:
        return MemberSeen(ref, f"Membre{ref} B")

    def people(self, place_ref: str) -> list[MemberSeen]:
        return self.present.get(place_ref, [])


def ritual(name: str = "lundi", kind: str = "prompt", **more: Any) -> Ritual:
    """A ritual; by default a prompt each Monday at 09:30 in the salon."""
    model = more.pop("model", {"ask": QUESTIONS})
    known = {"when": ["every monday at 09:30"], "where": ["salon"], "approval": {"required": False}}
    return Ritual(name=name, kind=kind, model=KINDS[kind].Model.model_validate(model), **{**known, **more})


def playbook(*rituals: Ritual, **more: Any) -> Playbook:
    """A playbook of a community in Paris, with a salon on two platforms and hosts behind the scenes."""
    known: dict[str, Any] = {
        "playbook": "cercle",
        "title": "Le Cercle",
        "community": "cercle",
        "language": "fr",
        "timezone": "Europe/Paris",
        "people": {"ines": {"slack": "U1", "telegram": "11"}, "alexis": {"slack": "U2"}},
        "spaces": {"salon": {"slack": "#salon", "telegram": "#salon"}, "coulisses": {"slack": "#coulisses"}},
        "hosts": {"people": ["ines", "alexis"], "space": "coulisses"},
    }
    # Nobody talks on this stage: our share is asked only where a test says so.
    pace = {"our_share": {"at_most": "100%"}, **more.pop("pace", {})}
    return Playbook(**{**known, **more}, pace=pace, rituals={one.name: one for one in rituals or (ritual(),)})


@dataclass
class Theatre:
    """An app on two Towns, with a clock that moves when told to."""

    store: Store
    clock: Clock
    slack: Town
    telegram: Town
    app: App
    bells: list[tuple[str, list[int]]] = field(default_factory=list)

    def apply(self, *playbooks: Playbook) -> apply.Applied:
        return apply.apply(self.app, playbooks or (playbook(),))

    def tick(self) -> None:
        """Do all there is to do at this moment, as the clock and the workers do."""
        for _ in range(50):
            with self.store.write() as session:
                stages = due.due(session, self.clock.now())
            for stage_id in stages:
                prepare.prepare(self.app, stage_id)
            with self.store.read() as session:
                connections = waiting.connections_due(session, self.clock.now())
            sent = sum(deliver(self.app, connection_id, 100) for connection_id in connections)
            if not stages and not sent:
                return
        raise AssertionError("it never comes to rest")

    def live_until(self, moment: datetime) -> None:
        """Let time pass from one moment with work to the next, working all along."""
        self.tick()
        while (coming := self.next_moment()) is not None and coming <= moment:
            self.clock.at = max(self.clock.at, coming)
            self.tick()
        self.clock.at = max(self.clock.at, moment)
        self.tick()

    def next_moment(self) -> datetime | None:
        """The next moment at which there is work, after now."""
        wanted = (
            select(func.min(RitualRow.next_at)).where(RitualRow.next_at > self.clock.at),
            select(func.min(Stage.at)).where(Stage.state == "planned", Stage.at > self.clock.at),
            select(func.min(Delivery.not_before)).where(Delivery.state == "due", Delivery.not_before > self.clock.at),
        )
        with self.store.read() as session:
            return min((at for one in wanted if (at := session.scalar(one)) is not None), default=None)

    def wake_at(self, moment: datetime) -> None:
        """Come back from an outage."""
        self.clock.at = moment
        self.tick()

    def connections(self) -> list[int]:
        with self.store.read() as session:
            return list(session.scalars(select(Connection.id).order_by(Connection.id)))

    def runs(self) -> list[Run]:
        with self.store.read() as session:
            return list(session.scalars(select(Run).order_by(Run.due_at, Run.id)))

    def run(self) -> Run:
        (only,) = self.runs()
        return only

    def outcomes(self) -> list[tuple[str, str, str | None]]:
        return [(run.key, run.state, run.reason) for run in self.runs()]

    def stages(self) -> dict[str, Stage]:
        with self.store.read() as session:
            return {stage.name: stage for stage in session.scalars(select(Stage).order_by(Stage.at, Stage.id))}

    def steps(self) -> list[str]:
        with self.store.read() as session:
            return list(session.scalars(select(Trace.step).order_by(Trace.id)))

    def deliveries(self) -> list[Delivery]:
        with self.store.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def approvals(self) -> list[Approval]:
        with self.store.read() as session:
            return list(session.scalars(select(Approval).order_by(Approval.id)))

    def member(self, ref: str = "U7", name: str = "Nadia B", host: bool = False) -> int:
        """A member on slack; gives their id."""
        with self.store.write() as session:
            community_id = 1
            known = session.scalars(select(Handle.member_id).where(Handle.ref == ref)).first()
            if known is not None:
                return known
            slack = session.scalars(select(Connection.id).where(Connection.name == "slack")).one()
            member = Member(community_id=community_id, name=name, is_host=host)
            session.add(member)
            session.flush()
            session.add(Handle(community_id=community_id, connection_id=slack, ref=ref, member_id=member.id))
            return member.id

    def answer(self, text: str, ref: str, **more: Any) -> None:
        """Keep an answer to the only run."""
        member_id, run = self.member(ref, f"Membre{ref} B"), self.run()
        with self.store.write() as session:
            handle = session.scalars(select(Handle).where(Handle.ref == ref)).one()
            known = {"said_at": self.clock.now(), "text": text, "place_id": None, "stage": self._open(session, run)}
            session.add(Answer(run_id=run.id, member_id=member_id, handle_id=handle.id, **{**known, **more}))

    def _open(self, session: Session, run: Run) -> str:
        """The stage whose question is open now."""
        written, now = rituals.of_runs(session, [run])[run.id].written, self.clock.now()
        ask = asked(KINDS[written.kind].asks(written.model, facts.opening(run, [], now)), "", now)
        assert ask is not None
        return ask.stage

    def said(self, town: Town | None = None, place: str = "C1") -> list[Entry]:
        """What members of a place see, oldest first."""
        return [entry for entry in (town or self.slack).standing() if entry.place_ref == place]


def theatre(store: Store, at: datetime = SUNDAY) -> Theatre:
    """Make it, in a fresh database."""
    clock = Clock(at)
    slack, telegram = Town(clock, "slack"), Town(clock, "telegram")
    bells: list[tuple[str, list[int]]] = []
    app = App(
        settings=Settings(),
        store=store,
        adapters={"slack": slack, "telegram": telegram},
        render=Renderer(None),
        now=clock.now,
        ring=lambda kind, ids: bells.append((kind, list(ids))),
        sleep=clock.sleep,
    )
    return Theatre(store, clock, slack, telegram, app, bells)
