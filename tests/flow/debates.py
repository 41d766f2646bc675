"""A debate on the stage: members who press, write and keep silent, and what they see of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.ports import Edit, Inbound, Post
from orchestrator.rules.zone import read_zone
from orchestrator.store import deliveries
from orchestrator.store.session import Store
from orchestrator.store.tables import Ballot, Connection, Delivery, Handle, Part, Place, Presence, to_us
from tests.flow.theatre import Theatre, playbook, ritual, theatre

#: The debate is on a Thursday at 18:00 in Paris; its first vote three days before.
THURSDAY = datetime(2026, 12, 3, 17, tzinfo=read_zone("UTC"))
AHEAD = THURSDAY - timedelta(days=3)
_SALON = (
    select(Place)
    .join(Connection, Connection.id == Place.connection_id)
    .where(Connection.name == "slack", Place.ref == "C1")
)
MOTION = "Faut-il publier ses prix ?"


@dataclass
class Debate:
    """A theatre with a debate, and its members by their handle."""

    there: Theatre
    members: dict[str, int]
    pressed: int = 0
    last: dict[str, Any] = field(default_factory=dict)

    def until(self, moment: datetime) -> None:
        self.there.live_until(moment)

    def press(self, ref: str, key: str, *, at: datetime | None = None, event: str | None = None) -> None:
        """Press a button, a second later; then all there is to do is done."""
        self.publish(self._press(ref, key, at=at, event=event))

    def pressing(self, ref: str, verb: str) -> Inbound:
        """The press of a button under an invitation, as it comes in."""
        return self._press(ref, f"{verb}-{{run}}-invite")

    def _press(self, ref: str, key: str, *, at: datetime | None = None, event: str | None = None) -> Inbound:
        self.pressed += 1
        self.there.clock.move(seconds=1)
        code, clock = self.there.run().code, self.there.clock
        known: dict[str, Any] = {"at": to_us(at or clock.now()), "member_ref": ref}
        known |= {"place_ref": f"D{ref}", "message_ref": "9.9"}
        key = key.replace("{run}", code)
        data = {"key": key, "trigger_ref": f"t{self.pressed}"}
        event_ref = event or f"press{self.pressed}"
        return Inbound(kind="pressed", event_ref=event_ref, data=data, to_us=True, **known)

    def accept(self, *refs: str) -> None:
        for ref in refs:
            self.press(ref, "accept-{run}-invite")

    def decline(self, *refs: str) -> None:
        for ref in refs:
            self.press(ref, "decline-{run}-invite")

    def vote(self, stage: str, **chosen: int) -> None:
        for ref, number in chosen.items():
            self.press(ref, f"vote-{{run}}-{stage}-{number}")

    def say(self, ref: str, text: str, *, under: str | None = None) -> None:
        """Write to us directly, or in the thread of a stage's post."""
        self.pressed += 1
        known: dict[str, Any] = {"at": to_us(self.there.clock.now()), "member_ref": ref, "text": text, "to_us": True}
        known["message_ref"] = f"{self.there.clock.now().timestamp():.0f}.{self.pressed:06d}"
        if under is None:
            known["place_ref"] = ref  # the theatre's platforms keep no chat beside the member
        else:
            known |= {"place_ref": "C1", "thread_ref": self.post(under).message_ref}
        self.last = known
        self.publish(Inbound(kind="said", event_ref=f"said{self.pressed}", **known))

    def correct(self, text: str) -> None:
        """Edit what was said last."""
        known = {**self.last, "at": to_us(self.there.clock.now()), "text": text}
        self.publish(Inbound(kind="edited", event_ref=f"edit{self.pressed}", **known))

    def publish_all(self, inbounds: Sequence[Inbound]) -> None:
        """Let these come in; nobody hears them yet."""
        bus = Bus(self.there.store, self.there.clock.now)
        bus.publish("slack", inbounds)
        bus.close()

    def publish(self, inbound: Inbound) -> None:
        self.publish_all([inbound])
        receive(self.there.app)
        self.there.tick()

    def parts(self) -> dict[str, str]:
        """handle → how it stands with their invitation."""
        with self.there.store.read() as session:
            rows = select(Handle.ref, Part.state).join(Handle, Handle.member_id == Part.member_id).order_by(Part.id)
            return dict(session.execute(rows).all())

    def invited(self) -> list[str]:
        """Those whose answer is awaited, oldest first."""
        return [ref for ref, state in self.parts().items() if state == "invited"]

    def side(self, ref: str) -> str:
        with self.there.store.read() as session:
            rows = select(Part.facts).join(Handle, Handle.member_id == Part.member_id).where(Handle.ref == ref)
            return str(session.scalars(rows).one()["side"])

    def post(self, stage: str) -> Delivery:
        """The post of a stage in the salon on Slack."""
        with self.there.store.read() as session:
            here = session.scalars(_SALON).one().id
            return session.scalars(select(Delivery).where(Delivery.stage == stage, Delivery.place_id == here)).one()

    def shows(self, stage: str) -> Post | Edit:
        """What a stage's post in the salon says now, edits included."""
        post = self.post(stage)
        with self.there.store.read() as session:
            edits = select(Delivery).where(Delivery.stage.startswith(f"{stage}~"), Delivery.place_id == post.place_id)
            rows = [post, *session.scalars(edits.where(Delivery.state == "sent").order_by(Delivery.id))]
        said = deliveries.decode(rows[-1].body)
        assert isinstance(said, Post | Edit)
        return said

    def written_to(self, ref: str) -> list[str]:
        """Our messages to a member, as they were sent."""
        return [entry.text for entry in self.there.slack.standing() if entry.place_ref == ref]

    def said(self) -> list[str]:
        """Our posts in the salon, as they were sent."""
        return [entry.text for entry in self.there.said()]

    def ballots(self, stage: str) -> dict[str, str]:
        with self.there.store.read() as session:
            rows = select(Handle.ref, Ballot.options).join(Handle, Handle.id == Ballot.handle_id)
            return dict(session.execute(rows.where(Ballot.stage == stage)).all())

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = self.there.run().facts["result"]
        return found


def debate(store: Store, count: int = 8, *, at: datetime | None = None, **more: Any) -> Debate:
    """Some members in the salon, and a debate on Thursday."""
    model = {"motion": MOTION, **more.pop("model", {})}
    held = ritual("debat", "debate", when=["on 2026-12-03 at 18:00"], model=model, **more)
    there = theatre(store, at or AHEAD - timedelta(hours=1))
    there.apply(playbook(held, tone="tu"))
    members = {f"U{number}": there.member(f"U{number}", f"Membre{number} B") for number in range(60, 60 + count)}
    with store.write() as session:
        place = session.scalars(_SALON).one()
        for member_id in members.values():
            session.add(Presence(place_id=place.id, member_id=member_id, joined_at=AHEAD, at_start=True))
    return Debate(there, members)
