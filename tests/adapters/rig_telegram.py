"""The contract suite's rig for Telegram: the SDK's request layer before a fake Telegram, by polling."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adapters.telegram import adapter as telegram
from adapters.telegram.words import GAP
from orchestrator.ports import Address, Inbound
from orchestrator.settings import Settings
from tests.adapters.rig import Fault, FileStanding, PollStanding, Standing
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Posted

ANA, BEN, ROBOT = 99887766, 55443322, 11223344
SALON, COULISSES = -1001234567890, -1009876543210


@contextlib.contextmanager
def opened() -> Iterator[TelegramRig]:
    fake = FakeTelegram()
    rig = TelegramRig(fake)
    stop = threading.Event()
    listener = threading.Thread(target=rig.adapter.listen, args=(rig.publish, lambda: True, stop))
    listener.start()
    try:
        fake.updates.wait_until_asked()
        yield rig
    finally:
        stop.set()
        listener.join(5)
        rig.adapter.close()
        fake.close()
    assert not listener.is_alive(), "the listener did not end"


class TelegramRig:
    """See tests.adapters.rig.Rig."""

    platform = "telegram"
    shows_forms = False
    can_move = True
    ana = str(ANA)
    place = Address(place_ref=str(SALON))
    other = Address(place_ref=str(COULISSES))

    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake
        fake.person(ANA, "Ana", started=True)
        fake.person(BEN, "Ben")
        fake.person(ROBOT, "Robot", is_bot=True)
        fake.group(SALON, "Salon")
        fake.group(COULISSES, "Coulisses")
        self.adapter = telegram.open("telegram", Settings(telegram_token=fake.token, telegram_api_url=fake.url))
        self.published: list[Inbound] = []

    def publish(self, inbounds: Sequence[Inbound]) -> None:
        self.published += inbounds

    # --- what stands on the platform

    def posts(self) -> list[Standing]:
        return [standing(posted) for posted in self.fake.ours() if not posted.removed]

    def reactions(self) -> list[tuple[str, str]]:
        return [(str(p.message_id), p.our_reaction) for p in self.fake.posted.values() if p.our_reaction]

    def form(self) -> str | None:
        return None

    def notices(self) -> list[str]:
        return self.fake.notices

    def poll(self, message_ref: str) -> PollStanding:
        poll = self.fake.posted[SALON, int(message_ref)].poll
        assert poll is not None
        return PollStanding(
            question=poll.question,
            options=tuple(poll.options),
            tally=tuple(poll.tally()),
            is_open=poll.is_open(time.time()),
            several=poll.several,
            hidden=poll.hidden,
            text=poll.text,
        )

    def files(self) -> list[FileStanding]:
        return [FileStanding(*posted.file, posted.text) for posted in self.fake.ours(ANA) if posted.file is not None]

    # --- what ana does

    def says(self, text: str, *, under: str | None = None, reply_to: str | None = None) -> list[Inbound]:
        reply = reply_to or under
        return self._heard(lambda: self.fake.says(ANA, SALON, text, reply_to=int(reply) if reply else None))

    def tells_us(self, text: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.says(ANA, ANA, text))

    def edits(self, message_ref: str, text: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.edits(SALON, int(message_ref), text))

    def reacts(self, message_ref: str, emoji: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.reacts(ANA, SALON, int(message_ref), emoji))

    def presses(self, message_ref: str, label: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.presses(ANA, SALON, int(message_ref), label))

    def votes(self, message_ref: str, *options: int) -> list[Inbound]:
        poll = self.fake.posted[SALON, int(message_ref)].poll
        assert poll is not None
        return self._heard(lambda: self.fake.votes(ANA, poll.id, list(options)))

    def submits(self, text: str, *, named: bool = True) -> list[Inbound]:
        raise NotImplementedError("Telegram has no forms")

    def joins(self, name: str) -> list[Inbound]:
        newcomer = self.fake.person(len(self.fake.people) + 1000, name)
        return self._heard(lambda: self.fake.joins(newcomer.id, SALON))

    def bot_says(self, text: str) -> list[Inbound]:
        return self._heard(lambda: self.fake.says(ROBOT, SALON, text))

    def again(self) -> list[Inbound]:
        return self._heard(self.fake.again)

    def _heard(self, act: Callable[[], Any]) -> list[Inbound]:
        before = len(self.published)
        act()
        self.fake.updates.wait_until_heard()
        by_fact = {one.event_ref: one for one in self.published[before:]}
        return list(by_fact.values())

    # --- faults

    def breaks(self, fault: Fault) -> None:
        if fault == "lost reply":
            self.fake.faults.append("drop reply")
        elif fault == "server error":
            self.fake.faults.append("server error")
        elif fault == "too fast":
            self.fake.faults.append("too fast")
        elif fault == "away":
            self.fake.close()
        elif fault == "token gone":
            self.fake.token_gone = True
        elif fault == "unreachable member":
            self.fake.blocked.add(ANA)
        else:
            self.fake.chats[SALON].members[self.fake.bot.id] = "kicked"

    def moves(self) -> str:
        self.fake.moves(SALON, SALON - 7)
        return str(SALON - 7)

    def mends(self) -> None:
        self.fake.token_gone = False
        self.fake.blocked.clear()
        self.fake.chats[SALON].members[self.fake.bot.id] = "administrator"


def standing(posted: Posted) -> Standing:
    """A message as a member sees it."""
    return Standing(
        ref=str(posted.message_id),
        place_ref=str(posted.chat_id),
        text=posted.text.replace(GAP, ""),
        under=None if posted.reply_to is None else str(posted.reply_to),
        buttons=tuple(button["text"] for button in posted.buttons()),
        live=tuple(live for live in (_live(entity, posted.text) for entity in posted.entities) if live),
        bold=tuple(_part(entity, posted.text) for entity in posted.entities if entity["type"] == "bold"),
    )


def _live(entity: dict[str, Any], text: str) -> str | None:
    kind = entity["type"]
    if kind == "text_mention":
        return f"member:{entity['user']['id']}"
    if kind == "text_link":
        return str(entity["url"])
    return _part(entity, text) if kind in ("url", "mention", "bot_command") else None


def _part(entity: dict[str, Any], text: str) -> str:
    start = 2 * entity["offset"]
    return text.encode("utf-16-le")[start : start + 2 * entity["length"]].decode("utf-16-le")
