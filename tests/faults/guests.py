"""People who come for one scene each: what they do is told again until a platform gets its OK for it."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack import Delivered
from tests.faults.play import Play
from tests.faults.square import HERE, Room


class Guests:
    """The people of one scene, on both platforms; `number` keeps those of different scenes apart."""

    def __init__(self, play: Play, number: int, here: Room = HERE) -> None:
        self.play, self.number, self.here = play, number, here
        self.slack, self.telegram = play.world.slack, play.world.telegram

    def on_slack(self, name: str) -> str:
        """Somebody in the channel; gives their reference."""
        ref = f"U{self.number:02}{name.upper()}"
        self.slack.workspace.add_user(ref, name)
        self.slack.workspace.users[ref]["locale"] = "en-US"
        self.slack.workspace.channels[self.here.channel]["members"].append(ref)
        return ref

    def on_telegram(self, name: str, which: int) -> int:
        """Somebody in the group who wrote to us before; gives their id."""
        ref = 10_000 + 100 * self.number + which
        self.telegram.person(ref, name, started=True).language_code = "en"  # learned, or not, before we write
        self.telegram.chats[self.here.chat].members[ref] = "member"
        return ref

    def joins_slack(self, name: str) -> str:
        """Somebody new who reads French, as their profile says; Slack tells it twice."""
        ref = self.slack.joins(self.here.channel, name)
        self._twice()
        return ref

    def joins_telegram(self, name: str, which: int) -> int:
        """Somebody new who never wrote to us; Telegram tells it in two ways by itself."""
        ref = 10_000 + 100 * self.number + which
        self.telegram.person(ref, name)
        self.telegram.joins(ref, self.here.chat)
        self.play.ana.taken()
        return ref

    def says(self, who: str, text: str, *, under: str | None = None, directly: bool = False) -> str:
        """A word on Slack, in the channel or to us alone; gives its ts."""
        ts = self.slack.says(who, self.chat(who) if directly else self.here.channel, text, thread_ts=under)
        self.play.ana.acknowledged()
        return ts

    def tells(self, who: int, text: str, chat: int | None = None, *, under: int | None = None) -> int:
        """A word on Telegram, in the group unless another chat is named; gives its message_id."""
        said = self.telegram.says(who, self.here.chat if chat is None else chat, text, reply_to=under)
        self.play.ana.taken()
        return said

    def presses(self, who: str, channel: str, ts: str, label: str) -> None:
        """A button on Slack, told twice."""
        self.slack.presses(who, channel, ts, label)
        self._twice()

    def commands(self, who: str, channel: str, text: str) -> None:
        """`/tertulia` and some words on Slack, told twice."""
        self.slack.commands(who, channel, text)
        self._twice()

    def presses_there(self, who: int, chat: int, text: str, label: str) -> None:
        """The button under our last message with that text in a chat of Telegram, told twice."""
        posted = next(one for one in reversed(self.telegram.ours(chat)) if text in one.text and not one.removed)
        self.telegram.presses(who, chat, posted.message_id, label)
        self.play.ana.taken()
        self.telegram.again()
        self.play.ana.taken()

    def rewrites(self, who: str, request: dict[str, Any], old: str, new: str) -> None:
        """A host presses "Edit" and asks the others for another text; the form's coming back is told twice."""
        self.presses(who, self.here.backstage, request["ts"], "Edit")
        views = self.slack.workspace.views
        if self.play.until("the form to open", lambda: who in views):
            written = next(one for one in views[who]["blocks"] if one["type"] == "input")["element"]["initial_value"]
            self.slack.submits(who, written.replace(old, new))
            self._twice()

    def thanks(self, who: str, ts: str) -> None:
        """A member thanks for a message on Slack by a reaction."""
        self.slack.reacts(who, self.here.channel, ts, "pray")
        self.play.ana.acknowledged()

    def thanks_there(self, who: int, message_id: int) -> None:
        """The same on Telegram."""
        self.telegram.reacts(who, self.here.chat, message_id, "🙏")
        self.play.ana.taken()

    def clicks_twice(self, who: str, channel: str, ts: str, label: str) -> None:
        """A double click on a button on Slack: the second click is told twice, and the first one after it."""
        hook, self.slack.hook = self.slack.hook, lambda _headers, _body: (503, b"")
        self.slack.presses(who, channel, ts, label)
        self.slack.hook = hook
        first = self.slack.delivered[-1]
        self.presses(who, channel, ts, label)
        self.tells_again(first)

    def votes(self, who: int, poll: str, *options: int) -> None:
        """A whole vote in Telegram's poll, told twice."""
        self.telegram.votes(who, poll, list(options))
        self.play.ana.taken()
        self.telegram.again()
        self.play.ana.taken()

    def changes_mind(self, who: str, ts: str, first: str, then: str) -> None:
        """Two presses on Slack of which the first is told last."""
        hook, self.slack.hook = self.slack.hook, lambda _headers, _body: (503, b"")
        self.slack.presses(who, self.here.channel, ts, first)
        self.slack.hook = hook
        overtaken = self.slack.delivered[-1]
        self.presses(who, self.here.channel, ts, then)
        self.tells_again(overtaken)

    def tells_again(self, told: Delivered) -> None:
        """Slack tells something that it told, or could not tell, before."""
        self.slack.delivered.append(told)
        self.slack.again()
        self.play.ana.acknowledged()

    def chat(self, who: str) -> str:
        """The direct chat of somebody on Slack."""
        return self.slack.workspace.direct_chat(who)

    def post(self, channel: str, text: str, label: str = "") -> dict[str, Any] | None:
        """Our last standing message there with that text, and a button of that label if one is named."""
        space = self.slack.workspace
        with space.lock:
            found = [one for one in space.messages[channel] if one.get("user") == space.bot and text in str(one)]
        return next((one for one in reversed(found) if not label or label in _labels(one)), None)

    def request(self, label: str, text: str = "") -> dict[str, Any] | None:
        """What the hosts are asked, with that text and a button of that label."""
        return self.post(self.here.backstage, text, label)

    def _twice(self) -> None:
        self.play.ana.acknowledged()
        self.slack.again()
        if self.play.ana.acknowledged():
            self.play.world.fire("slack duplicate inbound")


def _labels(message: dict[str, Any]) -> list[str]:
    parts = [part for block in message.get("blocks", []) for part in block.get("elements", [])]
    return [part["text"]["text"] for part in parts if part.get("type") == "button"]
