"""What a batch of messages stands under: our posts, their runs and the answers so far, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from orchestrator.flow.hearing import Hearing, Item
from orchestrator.ports import React
from orchestrator.rules.answer import Act, Match, OurPost, Said, better, by_post
from orchestrator.store import activity, answers, bulk, deliveries, members, rituals
from orchestrator.store.members import HandleKey, Speaker
from orchestrator.store.rituals import Known as KnownRitual
from orchestrator.store.tables import Answer, Delivery, Run

#: What our reactions to answers are called among a run's deliveries.
HEARD_STAGE = "heard"

#: An acknowledgement that could not leave for so long tells nobody anything.
HEARD_WITHIN = timedelta(hours=1)

#: Characters of `Delivery.target`.
TARGET = 80

PostKey: TypeAlias = tuple[int, str, str]
"""connection_id, place_ref, message_ref."""


@dataclass(slots=True)
class Threads:
    """The conversations of one batch."""

    hearing: Hearing
    posts: dict[PostKey, OurPost] = field(default_factory=dict)
    matched: dict[int, Match | None] = field(default_factory=dict)  # by the row of the inbox
    runs: dict[int, tuple[Run, KnownRitual]] = field(default_factory=dict)
    speakers: dict[HandleKey, Speaker] = field(default_factory=dict)
    locked: set[tuple[int, int]] = field(default_factory=set)  # run_id, member_id
    answers: dict[tuple[int, int, str], Answer] = field(default_factory=dict)  # of those locked, by stage too
    first: dict[tuple[int, int, str], Act] = field(default_factory=dict)  # answers not written yet
    removed: set[tuple[int | None, int]] = field(default_factory=set)  # place_id, number of the message
    reactions: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, hearing: Hearing, items: Sequence[Item]) -> Threads:
        """Look up, for a whole batch, what its messages may belong to."""
        threads = cls(hearing)
        threads.posts = answers.posts(hearing.session, {key for item in items for key in _above(item)})
        matched = [(item, match) for item in items if (match := threads.match(item)) is not None]
        if matched:
            threads._open(answers.runs(hearing.session, [match for _, match in matched]))
            keys = {threads.key(item, match.run_id) for item, match in matched}
            threads._know(keys)
            found = [(match.run_id, threads.key(item, match.run_id)) for item, match in matched]
            threads.removed |= activity.removed(
                hearing.session,
                {
                    (match.place_id, activity.number(item.inbound.message_ref))
                    for item, match in matched
                    if match.place_id is not None and item.inbound.message_ref is not None
                },
            )
            threads._lock({(run_id, threads.speakers[key].member_id) for run_id, key in found})
        return threads

    def match(self, item: Item) -> Match | None:
        """The run whose post a message stands under, among the posts that were found."""
        if item.row_id not in self.matched:  # asked for several times, and the posts stay what they are
            one = item.inbound
            said = Said(one.place_ref, one.thread_ref, one.reply_to_ref)
            above = [self.posts[key] for key in _above(item) if key in self.posts]
            self.matched[item.row_id] = by_post(said, above)
        return self.matched[item.row_id]

    def match_again(self, item: Item) -> Match | None:
        """The same, with the posts whose receipts came since the batch was begun."""
        self.posts |= answers.posts(self.hearing.session, set(_above(item)))
        self.matched.pop(item.row_id, None)
        return self.match(item)

    def run(self, run_id: int) -> tuple[Run, KnownRitual]:
        """A run with its ritual as it was when the run was made."""
        if run_id not in self.runs:
            self._open({run_id: self.hearing.session.get_one(Run, run_id)})
        return self.runs[run_id]

    def key(self, item: Item, run_id: int) -> HandleKey:
        """Who acts, in the community of that run."""
        return item.connection_id, self.run(run_id)[1].community.id, item.inbound.member_ref or ""

    def speaker(self, item: Item, run_id: int) -> Speaker:
        """The member who acts, in the community of that run."""
        key = self.key(item, run_id)
        if key not in self.speakers:
            self._know({key})
        return self.speakers[key]

    def answer(self, run_id: int, member_id: int, stage: str) -> Act | None:
        """A member's answer so far to the question of a stage; once looked at, it is ours until the commit."""
        if (run_id, member_id) not in self.locked:
            self._lock({(run_id, member_id)})
        key = run_id, member_id, stage
        row = self.answers.get(key)
        return self.first.get(key) if row is None else answers.act_of(row)

    def keep(self, key: tuple[int, int, str], act: Act) -> None:
        """Keep an act as the answer that `answer` was asked for, unless that one is better."""
        row = self.answers.get(key)
        if row is None:
            self.first[key] = better(self.first.get(key), act)
        else:
            answers.change(row, act)

    def write(self) -> None:
        """Write first answers: before the end, and before whatever looks for answers among the rows."""
        answers.add(self.hearing.session, self.first)
        self.locked -= {(run_id, member_id) for run_id, member_id, _ in self.first}
        self.first.clear()

    def acknowledge(self, run: Run, emoji: str, message_ref: str, place_id: int | None, handle: Speaker) -> None:
        """Plan our reaction to a message; planned twice it is one."""
        where = f"{place_id}" if place_id is not None else f"h{handle.handle_id}"
        target = f"message:{where}:{message_ref}"[:TARGET]
        body = deliveries.encode(React(message_ref, emoji))
        now, path = self.hearing.now, self.run(run.id)[1].path
        self.reactions.append(
            {
                "key": deliveries.key_below(f"{path}|{run.key}", HEARD_STAGE, target),
                "run_id": run.id,
                "stage": HEARD_STAGE,
                "target": target,
                "connection_id": handle.connection_id,
                "place_id": place_id,
                "handle_id": None if place_id is not None else handle.handle_id,
                "body": body,
                "digest": deliveries.digest(target, body),
                "counts": False,
                "state": "due",
                "not_before": now,
                "late_until": now + HEARD_WITHIN,
            }
        )
        self.hearing.connections.add(handle.connection_id)

    def finish(self) -> None:
        """Write the answers and the planned reactions of the whole batch, each in one statement."""
        self.write()
        bulk.put(self.hearing.session, Delivery, self.reactions)

    def _open(self, found: dict[int, Run]) -> None:
        known = rituals.of_runs(self.hearing.session, list(found.values()))
        self.runs |= {run_id: (run, known[run_id]) for run_id, run in found.items()}

    def _know(self, keys: set[HandleKey]) -> None:
        found = members.speakers(self.hearing.session, keys)
        if new := keys - found.keys():
            members.ensure(self.hearing.session, dict.fromkeys(new, ""))
            found |= members.speakers(self.hearing.session, new)
        self.speakers |= found

    def _lock(self, pairs: set[tuple[int, int]]) -> None:
        self.answers |= answers.kept(self.hearing.session, pairs)
        self.locked |= pairs


def _above(item: Item) -> list[PostKey]:
    """The messages that an inbound may stand under."""
    one = item.inbound
    if one.kind not in ("said", "edited") or one.place_ref is None or one.member_ref is None:
        return []
    refs = {ref for ref in (one.reply_to_ref, one.thread_ref) if ref}
    return [(item.connection_id, one.place_ref, ref) for ref in sorted(refs)]
