"""The bytes that Slack delivers for a circle's talk: messages, reactions, replies under a prompt."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: Our bot's user id, and our prompt's post, under which members reply.
US = "U0BOT"
ROOT = "1767000000.000100"
PLACES = tuple(f"C{n:04d}" for n in range(5))
START = datetime(2026, 1, 5, 8, tzinfo=UTC)

#: Shares of the mix that facts/bus.md measured: 75 % messages, 20 % reactions, 5 % replies to a prompt.
REACTIONS, REPLIES = 0.20, 0.05

#: One message in so many asks something (an assumption): its text is kept until it is answered, by both sides.
ASKS = 8

TELLS = "Bonjour à tous, voici où nous en sommes ce trimestre ; vos retours nous seront précieux."
ASKS_FOR = "Bonjour à tous, voici où nous en sommes ce trimestre ; des retours sur ce point ?"


@dataclass(frozen=True, slots=True)
class Talk:
    """What to make: so many events of so many members, who take turns where `in_turn` (the worst case)."""

    events: int
    members: int
    in_turn: bool = False
    seed: int = 1

    @property
    def people(self) -> list[str]:
        """Everybody who may speak."""
        return [f"U{number:06d}" for number in range(self.members)]


def bodies(talk: Talk) -> list[bytes]:
    """Events API bodies, as Slack posts them."""
    chance = random.Random(talk.seed)
    return [_body(talk, chance, number) for number in range(talk.events)]


def _body(talk: Talk, chance: random.Random, number: int) -> bytes:
    member = f"U{(number if talk.in_turn else chance.randrange(10**9)) % talk.members:06d}"
    at = START + timedelta(seconds=20 * number)
    ts = f"{int(at.timestamp())}.{number % 1_000_000:06d}"
    what = chance.random()
    place = PLACES[0] if what < REPLIES else chance.choice(PLACES)
    if what < REPLIES:
        event = _said(member, ts, place, TELLS) | {"thread_ts": ROOT, "parent_user_id": US}
    elif what < REPLIES + REACTIONS:
        item = {"type": "message", "channel": place, "ts": f"{int(at.timestamp()) - 40}.{max(number - 2, 0):06d}"}
        event = {"type": "reaction_added", "user": member, "reaction": "tada", "item": item}
        event |= {"item_user": "U000001", "event_ts": ts}
    else:
        event = _said(member, ts, place, TELLS if number % ASKS else ASKS_FOR)
    return json.dumps(_envelope(event, number, int(at.timestamp()))).encode()


def _said(member: str, ts: str, place: str, words: str) -> dict[str, object]:
    text = [{"type": "text", "text": words}]
    blocks = [{"type": "rich_text", "block_id": "x1", "elements": [{"type": "rich_text_section", "elements": text}]}]
    said = {"type": "message", "user": member, "ts": ts, "text": words, "team": "T0001", "blocks": blocks}
    return said | {"client_msg_id": f"c-{ts}", "channel": place, "event_ts": ts, "channel_type": "channel"}


def _envelope(event: dict[str, object], number: int, at: int) -> dict[str, object]:
    authorization = {"enterprise_id": None, "team_id": "T0001", "user_id": US, "is_bot": True}
    return {
        "token": "one-long-verification-token",
        "team_id": "T0001",
        "api_app_id": "A0001",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{number:08d}",
        "event_time": at,
        "authorizations": [authorization | {"is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UifQ",
    }
