"""Which of a member's acts at a poll stand: any order and any repetition of them give the same vote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Telegram numbers its updates in their order, but begins anew, somewhere else, after a week without any
#: (Bot API, Update.update_id). What came so much later is later, whatever its number.
ANEW = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class BallotAct:
    """One act of one handle: a whole vote (none: taken back), or with `added` one more option.

    at: its moment, or where the platform tells none that of its arrival; turn: its number among the handle's acts.
    """

    handle_id: int
    at: datetime
    turn: int
    options: tuple[int, ...]
    added: bool = False


def is_later(one: BallotAct, than: BallotAct) -> bool:
    """Did this act come after that one? Numbers decide between acts of one handle, moments between handles."""
    if one.handle_id == than.handle_id:
        return one.turn > than.turn or one.at - than.at > ANEW
    return (one.at, one.handle_id) > (than.at, than.handle_id)


def standing(acts: Iterable[BallotAct]) -> tuple[int, ...]:
    """The options that a member stands for: of the last whole vote, and those added after it."""
    whole: BallotAct | None = None
    added: list[BallotAct] = []
    for act in acts:
        if act.added:
            added.append(act)
        elif whole is None or is_later(act, whole):
            whole = act
    kept = {option for act in added if whole is None or is_later(act, whole) for option in act.options}
    return tuple(sorted(kept.union(whole.options if whole else ())))
