"""All tables. These rows are our nouns, and their unique keys are our promises.

Moments are integers: microseconds since the epoch, UTC, in BIGINT on both databases (`Moment`
turns them into aware datetimes at the edge), so that one statement and one test serve both.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch of an aware moment, exactly."""
    since = moment - EPOCH  # whole numbers by hand: a division of timedeltas takes four times as long
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_us(us: int) -> datetime:
    """The aware UTC moment of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=us)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in Python, microseconds since the epoch in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_us(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_us(value)


# SQLite gives out row ids only for INTEGER PRIMARY KEY; PostgreSQL wants 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[str]: JSON, int: BigInteger}


def _id() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


# --- who and where -------------------------------------------------------------------------------


class Community(Base):
    """The people one team looks after, over any number of platforms."""

    __tablename__ = "community"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(120), unique=True)
    zone: Mapped[str] = mapped_column(String(64))  # IANA; fixes the local day of each activity
    language: Mapped[str] = mapped_column(String(8))
    topics: Mapped[list[str] | None]  # the words that are remembered of what members say; None: none
    paused_at: Mapped[datetime | None]


class Connection(Base):
    """One installed bot with its credentials (which stay in the settings)."""

    __tablename__ = "connection"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(60), unique=True)
    platform: Mapped[str] = mapped_column(String(20))


class Space(Base):
    """A gathering room of a community, over its places."""

    __tablename__ = "space"
    __table_args__ = (UniqueConstraint("community_id", "name"),)
    id: Mapped[int] = _id()
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(60))


class Place(Base):
    """That room on one connection. A place that moved is retired and followed by a new row,
    because the platform numbers its messages anew there."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("space_id", "connection_id", "ref", "topic_ref"),)
    id: Mapped[int] = _id()
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    ref: Mapped[str] = mapped_column(String(100), index=True)
    topic_ref: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str | None] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(10), default="group")  # PlaceSeen.kind
    written: Mapped[str] = mapped_column(
        String(300), default=""
    )  # what the manager wrote; `ref` is kept while it stays
    retired_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]  # we were removed or refused for good
    parked_what: Mapped[str | None] = mapped_column(Text)


#: Members who belong to no segment.
OUTSIDE = "is_host OR erased_at IS NOT NULL OR left_at IS NOT NULL"


class Member(Base):
    """A person in a community."""

    __tablename__ = "member"
    __table_args__ = (
        Index("member_outside", "community_id", "id", postgresql_where=text(OUTSIDE), sqlite_where=text(OUTSIDE)),
        Index(
            "member_joined",
            "community_id",
            "joined_at",
            "id",
            postgresql_where=text("joined_at IS NOT NULL"),
            sqlite_where=text("joined_at IS NOT NULL"),
        ),
    )
    id: Mapped[int] = _id()
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str | None] = mapped_column(String(8))
    zone: Mapped[str | None] = mapped_column(String(64))
    is_host: Mapped[bool] = mapped_column(default=False)
    opted_out_at: Mapped[datetime | None]
    no_praise_at: Mapped[datetime | None]  # declined to be thanked in public
    nudges_from: Mapped[datetime | None]  # said "not now" until then
    joined_at: Mapped[datetime | None]  # came to the first of our places; None: there before us, or it was never told
    left_at: Mapped[datetime | None]  # the last place that they were in; None: they are somewhere, or it was never told
    erased_at: Mapped[datetime | None]  # asked to be forgotten: the row stays as a number, for the counts


class Handle(Base):
    """That person on one connection."""

    __tablename__ = "handle"
    __table_args__ = (
        UniqueConstraint("connection_id", "ref", "community_id"),
        Index(
            "handle_home",
            "home_id",
            postgresql_where=text("home_id IS NOT NULL"),
            sqlite_where=text("home_id IS NOT NULL"),
        ),
    )
    id: Mapped[int] = _id()
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    ref: Mapped[str] = mapped_column(String(100))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    direct_ref: Mapped[str | None] = mapped_column(String(100))  # the direct chat, once known
    home_id: Mapped[int | None] = mapped_column(BigInteger)  # whose it was before it was linked to `member_id`


class Presence(Base):
    """A member is in a place; `at_start` marks those who were there at the first apply."""

    __tablename__ = "presence"
    __table_args__ = (
        Index("presence_member", "member_id"),
        {"sqlite_with_rowid": False},
    )
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    at_start: Mapped[bool] = mapped_column(default=False)


# --- what is planned -----------------------------------------------------------------------------


class PlaybookRow(Base):
    """A playbook, known by community and name."""

    __tablename__ = "playbook"
    __table_args__ = (UniqueConstraint("community_id", "name"),)
    id: Mapped[int] = _id()
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(60))
    live_version_id: Mapped[int | None] = mapped_column(BigInteger)
    paused_at: Mapped[datetime | None]


class PlaybookVersion(Base):
    """An immutable, complete state of a playbook: banks, templates and shared keys are inside."""

    __tablename__ = "playbook_version"
    __table_args__ = (UniqueConstraint("playbook_id", "digest"),)
    id: Mapped[int] = _id()
    playbook_id: Mapped[int] = mapped_column(ForeignKey("playbook.id"))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)  # Playbook.model_dump_json()
    created_at: Mapped[datetime]


class Ritual(Base):
    """A recurring occasion; `next_at` is the next moment the clock has work for it."""

    __tablename__ = "ritual"
    __table_args__ = (
        UniqueConstraint("playbook_id", "name"),
        Index(
            "ritual_next",
            "next_at",
            postgresql_where=text("next_at IS NOT NULL"),
            sqlite_where=text("next_at IS NOT NULL"),
        ),
    )
    id: Mapped[int] = _id()
    playbook_id: Mapped[int] = mapped_column(ForeignKey("playbook.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("playbook_version.id"))
    name: Mapped[str] = mapped_column(String(60))
    former: Mapped[str | None] = mapped_column(String(60))  # its name in versions before it was renamed
    kind: Mapped[str] = mapped_column(String(20))
    next_at: Mapped[datetime | None]  # when the next run is made: its first stage's moment
    next_due_at: Mapped[datetime | None]  # the `when` moment of that run
    next_local: Mapped[str | None] = mapped_column(String(80))  # its key
    paused_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]  # unanswered runs before it count no more
    retired_at: Mapped[datetime | None]


class Asked(Base):
    """A question of a bank that a ritual has used (the bank's memory, whatever edits it sees)."""

    __tablename__ = "asked"
    __table_args__ = (UniqueConstraint("run_id"),)
    id: Mapped[int] = _id()
    ritual_id: Mapped[int] = mapped_column(ForeignKey("ritual.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    question: Mapped[str] = mapped_column(String(80))  # its id, or a digest of its normalised text
    at: Mapped[datetime]


# --- what happens --------------------------------------------------------------------------------


class Run(Base):
    """One occurrence of a ritual. `key` is its local date-time, or names its happening."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("ritual_id", "key"),
        Index("run_state", "state"),
    )
    id: Mapped[int] = _id()
    ritual_id: Mapped[int] = mapped_column(ForeignKey("ritual.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("playbook_version.id"))
    key: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(16), unique=True)  # public, in button keys: digest of path and key
    due_at: Mapped[datetime]  # the moment members see
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="made")  # made open closed done skipped stopped
    reason: Mapped[str | None] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # question, options, who joined …
    opened_at: Mapped[datetime | None]  # the first successful post
    closes_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    held_by_hand: Mapped[bool] = mapped_column(default=False)


class Stage(Base):
    """One stage of a run, with its own moment."""

    __tablename__ = "stage"
    __table_args__ = (
        UniqueConstraint("run_id", "name"),
        Index(
            "stage_planned", "at", postgresql_where=text("state = 'planned'"), sqlite_where=text("state = 'planned'")
        ),
    )
    id: Mapped[int] = _id()
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    name: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="planned")  # planned done skipped
    reason: Mapped[str | None] = mapped_column(String(40))
    offered_at: Mapped[datetime | None]  # when a worker was last rung for it
    again: Mapped[int] = mapped_column(SmallInteger, default=0)  # how often it was held again


class Reserved(Base):
    """A post that an admitted run will still make in a place, at the moment of its stage: others leave room for it."""

    __tablename__ = "reserved"
    __table_args__ = ({"sqlite_with_rowid": False},)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), primary_key=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id", ondelete="CASCADE"), primary_key=True)


class Delivery(Base):
    """One outgoing act for one place or member.

    planned → held | due; held → due | skipped; due → sending | skipped | expired;
    sending → sent | due | unknown | failed; unknown → sent | due | failed.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("run_id", "stage", "target"),
        Index(
            "delivery_due",
            "connection_id",
            "not_before",
            "id",
            postgresql_where=text("state = 'due'"),
            sqlite_where=text("state = 'due'"),
        ),
        Index(
            "delivery_open",
            "lease_until",
            postgresql_where=text("lease_until IS NOT NULL"),
            sqlite_where=text("lease_until IS NOT NULL"),
        ),
        Index("delivery_message", "place_id", "message_ref"),
        Index("delivery_poll", "poll_ref", "connection_id"),
    )
    id: Mapped[int] = _id()
    key: Mapped[str] = mapped_column(String(32), unique=True)  # goes out in Slack's metadata
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    stage: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(80))  # "place:3", "member:7", "message:3:1700.1"
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    handle_id: Mapped[int | None] = mapped_column(ForeignKey("handle.id"))
    under_id: Mapped[int | None] = mapped_column(BigInteger)  # the delivery whose thread it joins
    body: Mapped[bytes] = mapped_column(LargeBinary)  # msgspec JSON of an Outgoing
    digest: Mapped[str] = mapped_column(String(64))  # of text and target: what an approval binds to
    counts: Mapped[bool] = mapped_column(default=True)  # a post members see (not a reaction, not for hosts)
    unasked: Mapped[bool] = mapped_column(default=False)  # a direct message that costs the member's budget
    if_unsure: Mapped[str] = mapped_column(String(10), default="send again")
    state: Mapped[str] = mapped_column(String(10), default="planned")
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None] = mapped_column(Text)  # what the platform said, with its mend
    not_before: Mapped[datetime]
    late_until: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]  # sending: the attempt's; unknown or just repeated: the next look for evidence
    token: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    looks: Mapped[int] = mapped_column(default=0)  # evidence looked for, while unknown
    sending_at: Mapped[datetime | None]  # when the last attempt's first byte may have left
    sent_at: Mapped[datetime | None]
    message_ref: Mapped[str | None] = mapped_column(String(100))
    sent_place_ref: Mapped[str | None] = mapped_column(String(100))
    poll_ref: Mapped[str | None] = mapped_column(String(100))  # what votes in it come back with


class Answer(Base):
    """A member's answer to a question of a run: one over all platforms."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("run_id", "member_id", "stage"),)
    id: Mapped[int] = _id()
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    stage: Mapped[str] = mapped_column(String(40))  # the one that asked
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    handle_id: Mapped[int] = mapped_column(ForeignKey("handle.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))  # where it was said; None: directly
    message_ref: Mapped[str | None] = mapped_column(String(100))  # None: by the form
    said_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]  # the moment of the wording kept, None for the first
    text: Mapped[str] = mapped_column(Text)
    late: Mapped[bool] = mapped_column(default=False)
    counted: Mapped[bool] = mapped_column(default=True)  # hosts' are kept, not counted
    named: Mapped[bool] = mapped_column(default=True)  # may be shown with the first name


class Expected(Base):
    """A direct question that is open: the next direct message of this handle answers it."""

    __tablename__ = "expected"
    __table_args__ = (UniqueConstraint("handle_id", "run_id", "stage"),)
    id: Mapped[int] = _id()
    handle_id: Mapped[int] = mapped_column(ForeignKey("handle.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    stage: Mapped[str] = mapped_column(String(40))  # the one that asks it in the spaces
    asked_at: Mapped[datetime]


class Approval(Base):
    """A human's decision, bound to a digest of texts and targets."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("run_id", "stage", "digest"),)
    id: Mapped[int] = _id()
    code: Mapped[str] = mapped_column(String(16), unique=True)  # public, in button keys
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    stage: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="asked")  # asked approved refused expired void
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))  # a member's name, or "command line"
    asked_as: Mapped[str] = mapped_column(String(16), default="")  # the code its post was made for: a tick edits it
    left_out: Mapped[list[int]] = mapped_column(JSON, default=list)  # members a host took out: bound to as well
    editors: Mapped[list[int]] = mapped_column(JSON, default=list)  # members whose next reply is the new text
    edited_by: Mapped[str | None] = mapped_column(String(200))  # whose words these are, where a host changed them


class Part(Base):
    """A member's part in a run: speaker, nudged, buddy … `facts` say why and what came of it."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("run_id", "member_id", "role"), Index("part_member", "member_id", "role"))
    id: Mapped[int] = _id()
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]  # since when it is in that state
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    home_id: Mapped[int | None] = mapped_column(BigInteger)  # whose it was before a link


class Ballot(Base):
    """What one handle voted at a stage of a run: its last whole vote, and each option that it added (rules/ballot).

    A row a handle, so that whoever links or parts handles only changes `member_id`. added: the option that this
    row adds, -1: a whole vote. options: positions, "0,2"; "" when taken back. at, turn: the act's moment and number.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        UniqueConstraint("run_id", "stage", "handle_id", "added"),
        Index("ballot_member", "member_id"),
    )
    id: Mapped[int] = _id()
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    stage: Mapped[str] = mapped_column(String(40))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    handle_id: Mapped[int] = mapped_column(ForeignKey("handle.id"))
    added: Mapped[int] = mapped_column(SmallInteger, default=-1)
    options: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    turn: Mapped[int] = mapped_column(default=0)
    counted: Mapped[bool] = mapped_column(default=True)  # hosts' are kept, not counted


class Badge(Base):
    """A badge that a member earned."""

    __tablename__ = "badge"
    __table_args__ = (UniqueConstraint("member_id", "name"), Index("badge_name", "name", "member_id"))
    id: Mapped[int] = _id()
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    name: Mapped[str] = mapped_column(String(60))
    earned_at: Mapped[datetime]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    home_id: Mapped[int | None] = mapped_column(BigInteger)  # whose it was before a link


class Trace(Base):
    """One step of a run's story, for `why`. Facts never hold a message's text."""

    __tablename__ = "trace"
    __table_args__ = (Index("trace_run", "run_id", "at"),)
    id: Mapped[int] = _id()
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    at: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


# --- what comes in -------------------------------------------------------------------------------


class Inbox(Base):
    """An inbound that waits for its effects; deleted in the transaction that applies it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("connection_id", "event_key"),
        # Rows come and go: vacuum after a fixed number of them, not after a share of none.
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000}},
    )
    id: Mapped[int] = _id()
    connection_id: Mapped[int] = mapped_column(Integer)
    event_key: Mapped[str] = mapped_column(String(200))
    body: Mapped[bytes] = mapped_column(LargeBinary)  # msgpack of an Inbound
    received_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    not_before: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)  # set when parked


class Activity(Base):
    """The kept fact that a member did something. Its key is the fact itself, so a replay adds nothing.

    ref: the message's number (Slack: its ts without the dot). kind: see store/activity.py.
    mark: 0 for a message, else what tells two facts about one message apart (member and emoji).
    day: local day number in the community's zone, fixed when it came in.
    """

    __tablename__ = "activity"
    # No second index: every message would pay for it, and what is asked of one member the roll-ups tell.
    __table_args__ = ({"sqlite_with_rowid": False},)
    place_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Integer)
    day: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    thread_ref: Mapped[int | None] = mapped_column(BigInteger)
    reply_to_ref: Mapped[int | None] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer, default=0)
    flags: Mapped[int] = mapped_column(SmallInteger, default=0)  # 1 question, 2 thanks, 4 link, 8 gone


# Rows that change with every batch of messages: room left in each page keeps an update in place
# (88 % of them against 29 %, measured).
ROLL_UP: dict[str, Any] = {"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 70}}


class MemberTotal(Base):
    """Contributions of a member, in all."""

    __tablename__ = "member_total"
    __table_args__ = (ROLL_UP,)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class MemberDay(Base):
    """Contributions of a member in a space on a local day."""

    __tablename__ = "member_day"
    __table_args__ = (ROLL_UP,)
    space_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)


class MemberWeek(Base):
    """Contributions of a member in a week (Monday first); `days` is a bit a weekday."""

    __tablename__ = "member_week"
    __table_args__ = (ROLL_UP,)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    week: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)


class MemberMonth(Base):
    """Contributions of a member in a calendar month (year * 12 + month - 1); `days` is a bit a day."""

    __tablename__ = "member_month"
    __table_args__ = (ROLL_UP,)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)


# --- what members ask of us ----------------------------------------------------------------------


class House(Base):
    """What all processes share, in one row: how often members were linked or erased, and the key of tombstones."""

    __tablename__ = "house"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(default=0)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)  # None: nobody was ever erased


class LinkCode(Base):
    """A code that links the handle it was given to with the one that types it; used once, it is gone."""

    __tablename__ = "link_code"
    id: Mapped[int] = _id()
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # the code itself is kept nowhere
    handle_id: Mapped[int] = mapped_column(ForeignKey("handle.id"))
    until: Mapped[datetime]


class Idea(Base):
    """What a member proposed to the community."""

    __tablename__ = "idea"
    __table_args__ = (UniqueConstraint("connection_id", "event_key", "community_id"),)
    id: Mapped[int] = _id()
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    event_key: Mapped[str] = mapped_column(String(16))  # digest of what told it: a replay adds nothing
    handle_id: Mapped[int] = mapped_column(ForeignKey("handle.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class Farewell(Base):
    """A member asked to be forgotten, and has not confirmed it yet."""

    __tablename__ = "farewell"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(16))  # in the key of the button that confirms
    event_key: Mapped[str] = mapped_column(String(16))  # digest of what asked: its replay confirms nothing
    asked_at: Mapped[datetime]


class Errand(Base):
    """What a member asked for that nobody else may write meanwhile: "link", "unlink", "forget"; done, it is gone."""

    __tablename__ = "errand"
    __table_args__ = (UniqueConstraint("handle_id", "event_key"),)
    id: Mapped[int] = _id()
    what: Mapped[str] = mapped_column(String(10))
    handle_id: Mapped[int] = mapped_column(ForeignKey("handle.id"))
    other_id: Mapped[int | None] = mapped_column(BigInteger)  # the handle that the code was given to
    event_key: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]  # of the act: nothing before it brings an erased member back
    told_at: Mapped[datetime | None]


class Tombstone(Base):
    """Somebody was erased: what they did until then brings nobody back. A keyed hash, and no name."""

    __tablename__ = "tombstone"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime]


# --- what is derived from talk -------------------------------------------------------------------


class FollowUp(Base):
    """What a commit changed that something is derived from, until flow/deeds.py has derived it."""

    __tablename__ = "follow_up"
    __table_args__ = ({"postgresql_with": {"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000}},)
    id: Mapped[int] = _id()
    body: Mapped[bytes] = mapped_column(LargeBinary)  # store/follow_ups.py
    not_before: Mapped[datetime | None]  # a thread whose first message we have not heard is looked at again
    looks: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")


class Reply(Base):
    """A message in a thread, by the number of the thread's first message (which may be none of a member's).

    The first message stands in its thread too, once somebody replied to it.
    """

    __tablename__ = "reply"
    __table_args__ = (
        Index("reply_root", "place_id", "root_ref"),
        Index("reply_member", "member_id", "day"),
        {"sqlite_with_rowid": False},
    )
    place_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root_ref: Mapped[int] = mapped_column(BigInteger)
    member_id: Mapped[int] = mapped_column(Integer)
    day: Mapped[int] = mapped_column(Integer)


class Deed(Base):
    """What a member did for others in a thread: "helped" its asker, "started" it. `day`: when they did."""

    __tablename__ = "deed"
    __table_args__ = (Index("deed_day", "kind", "day", "member_id", "place_id"), {"sqlite_with_rowid": False})
    place_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    root_ref: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[int] = mapped_column(Integer)


class MemberTopic(Base):
    """A topic of the community that a member spoke of, in an answer or a reply."""

    __tablename__ = "member_topic"
    __table_args__ = ({"sqlite_with_rowid": False},)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    topic: Mapped[str] = mapped_column(String(60), primary_key=True)
    place_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class Question(Base):
    """A member's question to a place; its text goes when it is answered, or after 14 days."""

    __tablename__ = "question"
    __table_args__ = (
        Index("question_kept", "at", postgresql_where=text("text IS NOT NULL"), sqlite_where=text("text IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )
    place_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ref: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_ref: Mapped[str] = mapped_column(String(100))
    member_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    text: Mapped[str | None] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(default=list)
    answered_at: Mapped[datetime | None]


class Mark(Base):
    """A number that segments of a community ask for: contributed, active_days, helped or started, so many times.

    built_to: `standing` holds all members up to this id; done_at: it holds everybody.
    """

    __tablename__ = "mark"
    __table_args__ = (UniqueConstraint("community_id", "what", "times"),)
    id: Mapped[int] = _id()
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    what: Mapped[str] = mapped_column(String(12))
    times: Mapped[int] = mapped_column(Integer)
    built_to: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[datetime | None]


class Standing(Base):
    """The local day of a member's contribution (active day, deed) that is the so-manyth from the last.

    Of members who may belong to a segment: no hosts, nobody who left, was erased or lives on in another.
    """

    __tablename__ = "standing"
    __table_args__ = (Index("standing_day", "mark_id", "day", "member_id"), ROLL_UP)
    mark_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(Integer)


# --- who may go on -------------------------------------------------------------------------------


class Rate(Base):
    """When the next act may leave: one row per connection and limit (`scope`: "", "place:3")."""

    __tablename__ = "rate"
    __table_args__ = ({"sqlite_with_rowid": False},)
    connection_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    tat: Mapped[int] = mapped_column(BigInteger)  # theoretical arrival time, µs


class Lease(Base):
    """Something only one process may do at a time (poll a bot's updates)."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]


class Heartbeat(Base):
    """When a part of a process was last seen at work."""

    __tablename__ = "heartbeat"
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    process: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime]


# --- the rehearsal platform: a ledger that a room of simulated members reads and writes ----------


class RehearsalPerson(Base):
    """A simulated member on a rehearsed connection."""

    __tablename__ = "rehearsal_person"
    __table_args__ = ({"sqlite_with_rowid": False},)
    connection: Mapped[str] = mapped_column(String(60), primary_key=True)
    ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class RehearsalMessage(Base):
    """A message in a rehearsed place; `author_ref` is None for ours, `kind` also form, notice, poll and file."""

    __tablename__ = "rehearsal_message"
    __table_args__ = (UniqueConstraint("connection", "place_ref", "message_ref"),)
    id: Mapped[int] = _id()
    connection: Mapped[str] = mapped_column(String(60))
    place_ref: Mapped[str] = mapped_column(String(100))
    message_ref: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10), default="message")
    author_ref: Mapped[str | None] = mapped_column(String(100))
    under: Mapped[str | None] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)  # ours: our Markdown; a member's: plain
    sent: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the outgoing act, and the calls it stands for
    key: Mapped[str | None] = mapped_column(String(32), index=True)
    at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class RehearsalReaction(Base):
    """A reaction in a rehearsed place; `author_ref` is "" for ours."""

    __tablename__ = "rehearsal_reaction"
    __table_args__ = ({"sqlite_with_rowid": False},)
    message_id: Mapped[int] = mapped_column(ForeignKey("rehearsal_message.id"), primary_key=True)
    author_ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    emoji: Mapped[str] = mapped_column(String(40), primary_key=True)


class RehearsalVote(Base):
    """A vote in a rehearsed poll; options: positions, "0,2"."""

    __tablename__ = "rehearsal_vote"
    __table_args__ = ({"sqlite_with_rowid": False},)
    message_id: Mapped[int] = mapped_column(ForeignKey("rehearsal_message.id"), primary_key=True)
    author_ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    options: Mapped[str] = mapped_column(String(80))


class RehearsalAct(Base):
    """What a simulated member did, until the listener has heard it."""

    __tablename__ = "rehearsal_act"
    __table_args__ = ({"sqlite_autoincrement": True},)  # an id is never used again: it makes the event_ref
    id: Mapped[int] = _id()
    connection: Mapped[str] = mapped_column(String(60), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # msgspec JSON of an Inbound
