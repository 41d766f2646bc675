"""The rehearsal platform as a rig of the contract suite: its ledger is the fake."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import adapters
from adapters.rehearsal.adapter import Rehearsal
from adapters.rehearsal.faults import Fault as Played
from adapters.rehearsal.faults import FaultKind
from orchestrator.ports import Address, Inbound
from orchestrator.store import rehearsal
from orchestrator.store.session import Store
from orchestrator.store.tables import Base, RehearsalMessage, RehearsalPerson
from tests.adapters.rig import Fault, Standing

FAULTS: dict[Fault, tuple[FaultKind, bool]] = {
    "lost reply": ("lost reply", False),
    "server error": ("lost reply", False),
    "away": ("away", True),
    "not in place": ("gone", True),
    "too fast": ("too fast", False),
    "unreachable member": ("unreachable", True),
    "token gone": ("token gone", True),
}


class Rig:
    """One rehearsed Slack, with `ana` in `salon`."""

    platform = "rehearsal"
    shows_forms = True
    can_move = True
    ana = "U1"

    def __init__(self, store: Store) -> None:
        self.store = store
        self.place = Address(place_ref="C0SALON")
        self.other = Address(place_ref="C0BACK")
        self.adapter = Rehearsal("slack", store, adapters.part("slack", "outbound"), lambda: datetime.now(UTC))  # type: ignore[arg-type]
        self._last: list[Inbound] = []
        with store.write() as session:
            session.add(RehearsalPerson(connection="slack", ref="U1", name="Ana Lopes"))

    def posts(self) -> list[Standing]:
        return [_standing(row) for row in self._rows("message")]

    def reactions(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            rows = rehearsal.messages(session, "slack", "C0SALON", 100)
            by_id = {row.id: row.message_ref for row in rows}
            found = rehearsal.reactions(session, list(by_id))
        return [(by_id[one.message_id], one.emoji) for one in found if one.author_ref == ""]

    def form(self) -> str | None:
        rows = self._rows("form")
        return " ".join(str(value) for value in rows[-1].sent["act"].values()) if rows else None

    def notices(self) -> list[str]:
        return [row.text for row in self._rows("notice")]

    def says(self, text: str, *, under: str | None = None, reply_to: str | None = None) -> list[Inbound]:
        return self._act(lambda seat: seat.says("C0SALON", text, under or reply_to))

    def tells_us(self, text: str) -> list[Inbound]:
        return self._act(lambda seat: seat.says(rehearsal.direct("U1"), text))

    def edits(self, message_ref: str, text: str) -> list[Inbound]:
        return self._act(lambda seat: seat.edits("C0SALON", message_ref, text))

    def reacts(self, message_ref: str, emoji: str) -> list[Inbound]:
        return self._act(lambda seat: seat.reacts("C0SALON", message_ref, emoji))

    def presses(self, message_ref: str, label: str) -> list[Inbound]:
        with self.store.read() as session:
            row = rehearsal.find(session, "slack", "C0SALON", message_ref)
        assert row is not None
        key = next(button["key"] for button in row.sent["act"]["buttons"] if button["label"] == label)
        return self._act(lambda seat: seat.presses("C0SALON", message_ref, key))

    def submits(self, text: str, *, named: bool = True) -> list[Inbound]:
        form = self._rows("form")[-1]
        return self._act(lambda seat: seat.submits(form.message_ref, form.sent["act"]["key"], text, named))

    def joins(self, name: str) -> list[Inbound]:
        return self._act(lambda seat: seat.joins("C0SALON", name), member_ref="U2")

    def bot_says(self, text: str) -> list[Inbound]:
        return []  # nobody but members and we speak in a rehearsal

    def again(self) -> list[Inbound]:
        return self._last

    def breaks(self, fault: Fault) -> None:
        kind, lasts = FAULTS[fault]
        place = "C0SALON" if fault == "not in place" else None
        self.adapter.faults.append(Played(kind, place_ref=place, seconds=7.0, lasts=lasts))

    def moves(self) -> str:
        self.adapter.faults.append(Played("moved", place_ref="C0SALON", new_ref="C0MOVED", lasts=True))
        return "C0MOVED"

    def mends(self) -> None:
        self.adapter.faults.clear()

    def _act(self, do: object, member_ref: str = "U1") -> list[Inbound]:
        with self.store.write() as session:
            do(rehearsal.Seat(session, "slack", "slack", member_ref, datetime.now(UTC)))  # type: ignore[operator]
        heard: list[Inbound] = []

        def publish(inbounds: Sequence[Inbound]) -> None:
            heard.extend(inbounds)

        self.adapter.hear(publish)
        self._last = heard
        return heard

    def _rows(self, kind: str) -> list[RehearsalMessage]:
        places = ("C0SALON", "C0MOVED", "C0BACK", rehearsal.direct("U1"))
        with self.store.read() as session:
            rows = [row for place in places for row in rehearsal.messages(session, "slack", place, 100)]
        return sorted((row for row in rows if row.kind == kind and row.author_ref is None), key=lambda row: row.id)


def _standing(row: RehearsalMessage) -> Standing:
    html = row.sent["html"]
    everyone = ("everyone",) if row.sent["act"].get("mention_everyone") else ()
    mentions = tuple(f"member:{ref}" for ref in re.findall(r'class="mention" data-member="([^"]*)"', html))
    links = tuple(unescape(href) for href in re.findall(r'<a href="([^"]+)"', html))
    return Standing(
        ref=row.message_ref,
        place_ref=row.place_ref,
        text=_read(html),
        under=row.under,
        buttons=tuple(button["label"] for button in row.sent["act"].get("buttons", ())),
        live=everyone + mentions + links,
        bold=tuple(_read(part) for part in re.findall(r"<strong>(.*?)</strong>", html)),
        key=row.key,
    )


def _read(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html.replace("<br>", "").replace("<br />", ""))).strip()


@contextlib.contextmanager
def opened() -> Iterator[Rig]:
    """A fresh rehearsed connection on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'rig.db'}")
        Base.metadata.create_all(store.engine)
        yield Rig(store)
        store.close()
