"""A theatre seen from the hosts' space: what stands there with its buttons, and hands that press them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from orchestrator.bus import Bus
from orchestrator.flow.receive import receive
from orchestrator.playbook.schema import Playbook
from orchestrator.ports import Button, Capabilities, Edit, Form, Inbound, InboundKind, Notice, Post
from orchestrator.store.session import Store
from orchestrator.store.tables import Delivery, to_us
from tests.flow.theatre import Theatre, Town, playbook, theatre

#: The hosts' space, on both platforms; Inès is a host on both, Alexis on Slack.
BACK, INES, ALEXIS, INES_TOO = "C9", "U1", "U2", "11"


@dataclass
class Backstage:
    """The hosts' space of a theatre, on Slack (which has forms) and on Telegram (which has none)."""

    there: Theatre
    bus: Bus
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def town(self, on: str) -> Town:
        return self.there.slack if on == "slack" else self.there.telegram

    def standing(self, on: str = "slack", place: str = BACK) -> dict[str, Post | Edit]:
        """What stands in a place now, by message: the post, or its last edit."""
        shown: dict[str, Post | Edit] = {}
        for where, ref, act in self.town(on).done:
            if isinstance(act, Post | Edit) and where == place:
                shown[ref] = act
        removed = {entry.message_ref for entry in self.town(on).ledger if entry.removed}
        return {ref: act for ref, act in shown.items() if ref not in removed}

    def texts(self, on: str = "slack", place: str = BACK) -> list[str]:
        return [act.text for act in self.standing(on, place).values()]

    def button(self, label: str, on: str = "slack") -> tuple[str, Button]:
        """The message and button whose label begins so; the newest one."""
        for ref, act in reversed(self.standing(on).items()):
            for button in act.buttons:
                if button.label.startswith(label):
                    return ref, button
        raise AssertionError(f"no button {label} on {on}: {self.texts(on)}")

    def labels(self, on: str = "slack") -> list[str]:
        """All the buttons that can be pressed in the hosts' space."""
        return [button.label for act in self.standing(on).values() for button in act.buttons]

    def presses(self, label: str, who: str = INES, on: str = "slack") -> None:
        ref, button = self.button(label, on)
        self.presses_key(button.key, ref, who, on)

    def presses_key(self, key: str, message: str, who: str = INES, on: str = "slack") -> None:
        data = {"key": key, "trigger_ref": f"t{next(self.numbers)}"}
        self.hears("pressed", who, on, message_ref=message, data=data)

    def submits(self, text: str, who: str = INES) -> None:
        """Send the form that was opened last, with another text in it."""
        form = self.forms()[-1]
        self.hears("submitted", who, "slack", data={"key": form.key, "text": text, "named": True}, text=text)

    def replies(self, text: str, to: str, who: str = INES_TOO, on: str = "telegram", place: str = BACK) -> None:
        self.hears("said", who, on, message_ref=f"9{next(self.numbers)}", reply_to_ref=to, text=text, place_ref=place)

    def says(self, word: str, rest: str = "", who: str = INES, on: str = "slack", place: str = BACK) -> None:
        """A word to us: on Slack a slash command, on Telegram a command in the group."""
        data: dict[str, Any] = {"word": word, "rest": rest}
        data |= {"trigger_ref": f"t{next(self.numbers)}"} if on == "slack" else {}
        more = {} if on == "slack" else {"message_ref": f"9{next(self.numbers)}"}
        self.hears("commanded", who, on, place_ref=place, data=data, text=f"/{word} {rest}", **more)

    def hears(self, kind: InboundKind, who: str, on: str, **facts: Any) -> None:
        """Let something happen, and do all that follows from it at this moment."""
        known = {"place_ref": BACK, "event_ref": f"e{next(self.numbers)}", "to_us": True}
        self.tells(on, Inbound(kind=kind, member_ref=who, at=to_us(self.there.clock.now()), **{**known, **facts}))

    def tells(self, on: str, one: Inbound) -> None:
        """The same for an act that is told as it stands, perhaps again."""
        self.bus.publish(on, [one])
        receive(self.there.app)
        self.there.tick()

    def forms(self) -> list[Form]:
        return [act for _, _, act in self.there.slack.done if isinstance(act, Form)]

    def notices(self, on: str = "slack") -> list[str]:
        """What pressers alone read, oldest first."""
        return [act.text for _, _, act in self.town(on).done if isinstance(act, Notice)]

    def held(self) -> list[Delivery]:
        with self.there.store.read() as session:
            return list(session.scalars(select(Delivery).where(Delivery.state == "held").order_by(Delivery.id)))


def backstage(store: Store, book: Playbook) -> Backstage:
    """A theatre with that playbook applied, and the bus that its hands use."""
    there = theatre(store)
    there.slack.capabilities = Capabilities("slack", 4000, forms=True, reads_back=False)
    there.apply(book)
    return Backstage(there, Bus(store, there.clock.now))


def two_rooms(*rituals: Any, **more: Any) -> Playbook:
    """The playbook of the theatre with a hosts' space on both platforms."""
    spaces = {
        "salon": {"slack": "#salon", "telegram": "#salon"},
        "coulisses": {"slack": "#coulisses", "telegram": "#coulisses"},
    }
    return playbook(*rituals, **{"spaces": spaces, **more})
