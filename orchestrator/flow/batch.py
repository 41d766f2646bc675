"""What stages that are prepared together share, so that ten thousand cost few statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from orchestrator.flow import facts
from orchestrator.flow.app import App
from orchestrator.flow.standing import Day, Standing
from orchestrator.rituals.contract import Facts, PlaceFacts
from orchestrator.store import communities, planned
from orchestrator.store.communities import Here
from orchestrator.store.planned import Row
from orchestrator.store.rituals import Known
from orchestrator.store.runs import Story
from orchestrator.store.tables import Run, Stage


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed stage with its run and the ritual under that run's version."""

    stage: Stage
    run: Run
    known: Known


@dataclass(slots=True)
class Batch:
    """One transaction's worth of stages: read once what they share, write at the end what they tell."""

    app: App
    session: Session
    now: datetime
    story: Story
    standing: Standing = field(default_factory=Standing)
    asked: dict[int, list[str]] = field(default_factory=dict)  # questions used, by ritual id
    planned: list[Row] = field(default_factory=list)  # posts to be written
    remembered: list[tuple[Run, str]] = field(default_factory=list)  # questions to be written
    connections: set[int] = field(default_factory=set)  # those with something to send
    days: dict[int, dict[str, Day]] = field(default_factory=dict)  # of stages, by run id (flow/room.py)
    _everywhere: dict[int, list[Here]] = field(default_factory=dict)  # by community id
    _here: dict[tuple[int, tuple[str, ...]], list[Here]] = field(default_factory=dict)

    def places(self, known: Known, spaces: tuple[str, ...] | None = None) -> list[Here]:
        """The live places of a ritual, or of these spaces of its community."""
        community_id, wanted = known.community.id, tuple(known.written.where) if spaces is None else spaces
        if community_id not in self._everywhere:
            self._everywhere[community_id] = communities.places_of(self.session, community_id)
        if (community_id, wanted) not in self._here:
            here = [one for one in self._everywhere[community_id] if one.space in wanted]
            self._here[community_id, wanted] = here
        return self._here[community_id, wanted]

    def write(self) -> None:
        """Write the posts and questions gathered so far."""
        planned.keep(self.session, self.planned)
        planned.remember(self.session, self.remembered, self.now)
        self.planned, self.remembered = [], []

    def facts(self, work: Work) -> Facts:
        """What the ritual's kind may know; before the first post there is nobody to count."""
        if work.run.opened_at is not None or facts.needs_of(work.known):
            return facts.build(self.session, work.known, work.run, self.now, self.app.adapters)
        here = [
            PlaceFacts(
                one.place.id,
                one.platform,
                space=one.space,
                polls=facts.has_polls(one.place, self.app.adapters.get(one.connection)),
            )
            for one in self.places(work.known)
        ]
        return facts.opening(work.run, here, self.now)


def again(stage: Stage, at: datetime) -> None:
    """Plan a claimed stage once more, for a later moment."""
    stage.state, stage.at, stage.offered_at = "planned", at, None


def iso(moment: datetime) -> str:
    """A moment as everything prints it: 2026-11-30T08:30:00Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
