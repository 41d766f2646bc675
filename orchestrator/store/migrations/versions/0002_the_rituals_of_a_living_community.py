"""What polls, debates, nudges, thanks, welcomes and relaunches keep; segments, links, ideas and farewells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deed",
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root_ref", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", "root_ref", "member_id", "kind"),
        sqlite_with_rowid=False,
    )
    op.create_index("deed_day", "deed", ["kind", "day", "member_id", "place_id"], unique=False)
    op.create_table(
        "follow_up",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("looks", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000},
    )
    op.create_table(
        "house",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "member_topic",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "topic", "place_id", "ref"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "question",
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_ref", sa.String(length=100), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("place_id", "ref"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "question_kept",
        "question",
        ["at"],
        unique=False,
        postgresql_where=sa.text("text IS NOT NULL"),
        sqlite_where=sa.text("text IS NOT NULL"),
    )
    op.create_table(
        "reply",
        sa.Column("place_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_ref", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", "ref"),
        sqlite_with_rowid=False,
    )
    op.create_index("reply_member", "reply", ["member_id", "day"], unique=False)
    op.create_index("reply_root", "reply", ["place_id", "root_ref"], unique=False)
    op.create_table(
        "standing",
        sa.Column("mark_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark_id", "member_id"),
        postgresql_with={"fillfactor": 70},
        sqlite_with_rowid=False,
    )
    op.create_index("standing_day", "standing", ["mark_id", "day", "member_id"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("built_to", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("community_id", "what", "times"),
    )
    op.create_table(
        "rehearsal_vote",
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_ref", sa.String(length=100), nullable=False),
        sa.Column("options", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["rehearsal_message.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "author_ref"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "farewell",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("event_key", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_table(
        "errand",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("handle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("event_key", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["handle_id"],
            ["handle.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handle_id", "event_key"),
    )
    op.create_table(
        "idea",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_key", sa.String(length=16), nullable=False),
        sa.Column("handle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["handle_id"],
            ["handle.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "event_key", "community_id"),
    )
    op.create_index(op.f("ix_idea_community_id"), "idea", ["community_id"], unique=False)
    op.create_index(op.f("ix_idea_member_id"), "idea", ["member_id"], unique=False)
    op.create_table(
        "link_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("handle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle_id"],
            ["handle.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "ballot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added", sa.SmallInteger(), nullable=False),
        sa.Column("options", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle_id"],
            ["handle.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "stage", "handle_id", "added"),
    )
    op.create_index("ballot_member", "ballot", ["member_id"], unique=False)
    op.create_table(
        "part",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "member_id", "role"),
    )
    op.create_index("part_member", "part", ["member_id", "role"], unique=False)
    op.create_table(
        "reserved",
        sa.Column("place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["place.id"],
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("place_id", "stage_id"),
        sqlite_with_rowid=False,
    )
    op.add_column("approval", sa.Column("asked_as", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("approval", sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("approval", sa.Column("editors", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("approval", sa.Column("edited_by", sa.String(length=200), nullable=True))
    op.add_column("badge", sa.Column("home_id", sa.BigInteger(), nullable=True))
    op.create_index("badge_name", "badge", ["name", "member_id"], unique=False)
    op.add_column("community", sa.Column("topics", sa.JSON(), nullable=True))
    op.add_column("delivery", sa.Column("unasked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("delivery", sa.Column("poll_ref", sa.String(length=100), nullable=True))
    op.create_index("delivery_poll", "delivery", ["poll_ref", "connection_id"], unique=False)
    op.add_column("handle", sa.Column("home_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "handle_home",
        "handle",
        ["home_id"],
        unique=False,
        postgresql_where=sa.text("home_id IS NOT NULL"),
        sqlite_where=sa.text("home_id IS NOT NULL"),
    )
    op.add_column("member", sa.Column("no_praise_at", sa.BigInteger(), nullable=True))
    op.add_column("member", sa.Column("nudges_from", sa.BigInteger(), nullable=True))
    op.add_column("member", sa.Column("joined_at", sa.BigInteger(), nullable=True))
    op.add_column("member", sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.add_column("member", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "member_joined",
        "member",
        ["community_id", "joined_at", "id"],
        unique=False,
        postgresql_where=sa.text("joined_at IS NOT NULL"),
        sqlite_where=sa.text("joined_at IS NOT NULL"),
    )
    op.create_index(
        "member_outside",
        "member",
        ["community_id", "id"],
        unique=False,
        postgresql_where=sa.text("is_host OR erased_at IS NOT NULL OR left_at IS NOT NULL"),
        sqlite_where=sa.text("is_host OR erased_at IS NOT NULL OR left_at IS NOT NULL"),
    )
    op.create_index("presence_member", "presence", ["member_id"], unique=False)
    op.add_column("stage", sa.Column("again", sa.SmallInteger(), nullable=False, server_default="0"))
