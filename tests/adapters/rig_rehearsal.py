"""The rehearsal platform as a rig of the contract suite: its ledger is the fake."""

from __future__ import annotations

import contextlib
import re
import tempfile
from base64 import b64decode
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
from tests.adapters.rig import Fault, FileStanding, PollStanding, Standing

FAULTS: dict[Fault, tuple[FaultKind, bool]] = {
    "lost reply": ("lost reply", False),
    "server error": ("lost reply", False),
    "away": ("away", True),
    "not in place": ("gone", True),
    "too fast": ("too fast", False),
    "unreachable member": ("unreachable", True),
    "token gone": ("token gone", True),
}


#: Places as the played platform writes them: in use, another, and where the first moves to.
PLACES = {"slack": ("C0SALON", "C0BACK", "C0MOVED"), "telegram": ("-1001", "-1002", "-1003")}


class Rig:
    """One rehearsed connection, with `ana` in `salon`."""

    platform = "rehearsal"
    can_move = True

    def __init__(self, store: Store, plays: str) -> None:
        self.store = store
        self.plays = plays
        self.salon, back, self.moved = PLACES[plays]
        self.place = Address(place_ref=self.salon)
        self.other = Address(place_ref=back)
        self.shows_forms = plays == "slack"
        self.ana, self.newcomer = ("U1", "U2") if plays == "slack" else ("701", "702")
        self.adapter = Rehearsal(plays, store, adapters.part(plays, "outbound"), lambda: datetime.now(UTC))
        self._last: list[Inbound] = []
        with store.write() as session:
            session.add(RehearsalPerson(connection=plays, ref=self.ana, name="Ana Lopes"))

    def posts(self) -> list[Standing]:
        return [_standing(row) for row in self._rows("message")]

    def reactions(self) -> list[tuple[str, str]]:
        with self.store.read() as session:
            rows = rehearsal.messages(session, self.plays, self.salon, 100)
            by_id = {row.id: row.message_ref for row in rows}
            found = rehearsal.reactions(session, list(by_id))
        return [(by_id[one.message_id], one.emoji) for one in found if one.author_ref == ""]

    def form(self) -> str | None:
        rows = self._rows("form")
        return " ".join(str(value) for value in rows[-1].sent["act"].values()) if rows else None

    def notices(self) -> list[str]:
        return [row.text for row in self._rows("notice")]

    def poll(self, message_ref: str) -> PollStanding:
        (row,) = [row for row in self._rows("poll") if row.message_ref == message_ref]
        act = row.sent["act"]
        with self.store.read() as session:
            votes = rehearsal.votes(session, [row.id]).get(row.id, {}).values()
        return PollStanding(
            question=act["question"],
            options=tuple(act["options"]),
            tally=tuple(sum(n in chosen for chosen in votes) for n in range(len(act["options"]))),
            is_open=rehearsal.takes_votes(row, datetime.now(UTC)),
            several=act["several"],
            hidden=act["hidden"],
            text=_read(row.sent["html"]),
        )

    def files(self) -> list[FileStanding]:
        acts = [(row, row.sent["act"]) for row in self._rows("file")]
        return [FileStanding(a["name"], b64decode(a["content"]), _read(row.sent["html"])) for row, a in acts]

    def says(self, text: str, *, under: str | None = None, reply_to: str | None = None) -> list[Inbound]:
        return self._act(lambda seat: seat.says(self.salon, text, under or reply_to))

    def tells_us(self, text: str) -> list[Inbound]:
        return self._act(lambda seat: seat.says(rehearsal.direct(self.ana), text))

    def edits(self, message_ref: str, text: str) -> list[Inbound]:
        return self._act(lambda seat: seat.edits(self.salon, message_ref, text))

    def reacts(self, message_ref: str, emoji: str) -> list[Inbound]:
        return self._act(lambda seat: seat.reacts(self.salon, message_ref, emoji))

    def presses(self, message_ref: str, label: str) -> list[Inbound]:
        with self.store.read() as session:
            row = rehearsal.find(session, self.plays, self.salon, message_ref)
        assert row is not None
        button = next(button for button in row.sent["act"]["buttons"] if button["label"] == label)
        if button["kind"] == "answer" and not self.shows_forms:  # there it is a link to our direct chat
            return self._act(lambda seat: seat.commands("start", button["key"]))
        return self._act(lambda seat: seat.presses(self.salon, message_ref, button["key"]))

    def votes(self, message_ref: str, *options: int) -> list[Inbound]:
        return self._act(lambda seat: seat.votes(self.salon, message_ref, options))

    def submits(self, text: str, *, named: bool = True) -> list[Inbound]:
        form = self._rows("form")[-1]
        return self._act(lambda seat: seat.submits(form.message_ref, form.sent["act"]["key"], text, named))

    def joins(self, name: str) -> list[Inbound]:
        return self._act(lambda seat: seat.joins(self.salon, name), member_ref=self.newcomer)

    def bot_says(self, text: str) -> list[Inbound]:
        return []  # nobody but members and we speak in a rehearsal

    def again(self) -> list[Inbound]:
        return self._last

    def breaks(self, fault: Fault) -> None:
        kind, lasts = FAULTS[fault]
        place = self.salon if fault == "not in place" else None
        self.adapter.faults.append(Played(kind, place_ref=place, seconds=7.0, lasts=lasts))

    def moves(self) -> str:
        self.adapter.faults.append(Played("moved", place_ref=self.salon, new_ref=self.moved, lasts=True))
        return self.moved

    def mends(self) -> None:
        self.adapter.faults.clear()

    def _act(self, do: object, member_ref: str = "") -> list[Inbound]:
        with self.store.write() as session:
            do(rehearsal.Seat(session, self.plays, self.plays, member_ref or self.ana, datetime.now(UTC)))  # type: ignore[operator]
        heard: list[Inbound] = []

        def publish(inbounds: Sequence[Inbound]) -> None:
            heard.extend(inbounds)

        self.adapter.hear(publish)
        self._last = heard
        return heard

    def _rows(self, kind: str) -> list[RehearsalMessage]:
        places = (*PLACES[self.plays], rehearsal.direct(self.ana))
        with self.store.read() as session:
            rows = [row for place in places for row in rehearsal.messages(session, self.plays, place, 100)]
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
def opened(*, plays: str = "slack") -> Iterator[Rig]:
    """A fresh rehearsed connection on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'rig.db'}")
        Base.metadata.create_all(store.engine)
        yield Rig(store, plays)
        store.close()
