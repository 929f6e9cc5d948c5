"""Seats that came free, for the waiting list to deal with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from matchmaker.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXED = ("dealt_at", "event_id", "given_to_id", "session_id")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "freed_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("freed_at", UtcDateTime(), nullable=False),
        sa.Column("dealt_at", UtcDateTime(), nullable=True),
        sa.Column("given_to_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["given_to_id", "event_id"],
            ["participation.id", "participation.event_id"],
            name="given_to",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_session.id", "event_session.event_id"],
            name="session",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed_seat")),
    )
    with op.batch_alter_table("freed_seat", schema=None) as batch_op:
        for column in INDEXED:
            batch_op.create_index(batch_op.f(f"ix_freed_seat_{column}"), [column], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("freed_seat")
