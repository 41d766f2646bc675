"""The bot that one would write on slack-bolt: each event handled, stored and committed by itself.

It keeps the very facts that ours keeps, in the same tables, down to the reaction that it owes each answer, by
plain driver calls and with what it knows of members in a dictionary: faster than an ORM would be.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from benchmarks.wire import ROOT, US
from orchestrator.flow.threads import HEARD_STAGE, HEARD_WITHIN
from orchestrator.ports import React
from orchestrator.rituals.prompt import HEARD_EMOJI
from orchestrator.rules.flags import QUESTION, flags_of
from orchestrator.store.activity import REACTED, SAID, mark, number
from orchestrator.store.deliveries import digest, encode, key_below

ZONE = ZoneInfo("Europe/Paris")
EPOCH = date(1970, 1, 1).toordinal()

FACT = """INSERT INTO activity (place_id, ref, kind, mark, member_id, day, at, thread_ref, reply_to_ref, length, flags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?) ON CONFLICT DO NOTHING"""
TOTAL = """INSERT INTO member_total AS o (member_id, n, first_at, last_at) VALUES (?, 1, ?, ?)
ON CONFLICT (member_id) DO UPDATE SET n = o.n + 1, last_at = excluded.last_at"""
DAY = """INSERT INTO member_day AS o (space_id, member_id, day, n) VALUES (?, ?, ?, 1)
ON CONFLICT (space_id, member_id, day) DO UPDATE SET n = o.n + 1"""
WEEK = """INSERT INTO member_week AS o (member_id, week, n, days) VALUES (?, ?, 1, ?)
ON CONFLICT (member_id, week) DO UPDATE SET n = o.n + 1, days = o.days | excluded.days"""
MONTH = """INSERT INTO member_month AS o (member_id, month, n, days) VALUES (?, ?, 1, ?)
ON CONFLICT (member_id, month) DO UPDATE SET n = o.n + 1, days = o.days | excluded.days"""
ANSWER = """INSERT INTO answer
(run_id, member_id, stage, handle_id, place_id, message_ref, said_at, text, late, counted, named)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
ASKED = """INSERT INTO question (place_id, ref, message_ref, member_id, at, text, topics)
VALUES (?, ?, ?, ?, ?, ?, '[]') ON CONFLICT DO NOTHING"""
REACTION = """INSERT INTO delivery
(key, run_id, stage, target, connection_id, place_id, body, digest, counts, unasked, if_unsure, state, not_before,
late_until, token, tries, looks)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'send again', 'due', ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING"""

#: How long our reactions may wait to be sent, in microseconds.
WITHIN = int(HEARD_WITHIN.total_seconds()) * 1_000_000


class Bot:
    """A Bolt app over one driver connection; `feed` gives it one delivery and returns when it is committed."""

    def __init__(self, connection: Any, here: dict[str, Any], *, marks: str) -> None:
        self.connection = connection
        self.here = here
        self.people: dict[str, tuple[int, int]] = dict(here["people"])
        self._marks = marks
        self.app = App(
            signing_secret="s",
            authorize=lambda **_: AuthorizeResult(
                enterprise_id=None, team_id="T0001", bot_user_id=US, bot_id="B1", bot_token="xoxb-x"
            ),
            request_verification_enabled=False,
            process_before_response=True,  # committed before it is acknowledged, as ours is
        )
        self.app.event("message")(self._message)
        self.app.event("reaction_added")(self._reaction)

    def feed(self, body: bytes) -> None:
        """Dispatch one Events API body."""
        answer = self.app.dispatch(BoltRequest(body=body.decode(), headers={"content-type": ["application/json"]}))
        assert answer.status == 200, answer.body

    def _message(self, event: dict[str, Any]) -> None:
        run = self.connection.cursor().execute if self._marks == "?" else self._run
        place, at = self.here["places"][event["channel"]], _moment(event["ts"])
        member, handle = self.people[event["user"]]
        thread = event.get("thread_ts")
        local = datetime.fromtimestamp(at / 1e6, ZONE).date()
        day = local.toordinal() - EPOCH
        text = event["text"]
        fact = (
            place,
            number(event["ts"]),
            SAID,
            0,
            member,
            day,
            at,
            thread and number(thread),
            len(text),
            flags_of(text),
        )
        if run(FACT, fact).rowcount == 1:
            if thread is None and fact[-1] & QUESTION:
                run(ASKED, (place, fact[1], event["ts"], member, at, text))
            run(TOTAL, (member, at, at))
            run(DAY, (self.here["space"], member, day))
            run(WEEK, (member, (day + 3) // 7, 1 << local.weekday()))
            run(MONTH, (member, local.year * 12 + local.month - 1, 1 << (local.day - 1)))
        if thread == ROOT:
            answer = (self.here["run"], member, "post", handle, place, event["ts"], at, text, False, True, True)
            if run(ANSWER, answer).rowcount == 1:
                run(REACTION, self._reaction_to(event["ts"], place))
        self.connection.commit()

    def _reaction_to(self, ts: str, place: int) -> tuple[Any, ...]:
        """Our reaction to an answer, to be sent: what a restart in the middle must not forget."""
        target, body, now = f"message:{place}:{ts}", encode(React(ts, HEARD_EMOJI)), self.here["now"]
        key = key_below(self.here["path"], HEARD_STAGE, target)
        where = (self.here["connection"], place)
        return (
            key,
            self.here["run"],
            HEARD_STAGE,
            target,
            *where,
            body,
            digest(target, body),
            False,
            False,
            now,
            now + WITHIN,
        )

    def _reaction(self, event: dict[str, Any]) -> None:
        run = self.connection.cursor().execute if self._marks == "?" else self._run
        place, at = self.here["places"][event["item"]["channel"]], _moment(event["event_ts"])
        member, _ = self.people[event["user"]]
        day = datetime.fromtimestamp(at / 1e6, ZONE).date().toordinal() - EPOCH
        of = mark(event["user"], event["reaction"])
        run(FACT, (place, number(event["item"]["ts"]), REACTED, of, member, day, at, None, 0, 0))
        self.connection.commit()

    def _run(self, statement: str, values: tuple[Any, ...]) -> Any:
        return self.connection.execute(statement.replace("?", "%s"), values)


def _moment(ts: str) -> int:
    return int(ts.replace(".", "").ljust(16, "0"))
