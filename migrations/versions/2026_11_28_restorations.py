"""Restores that the operator has not released yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from matchmaker.db import UtcDateTime

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "restoration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("restored_at", UtcDateTime(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    # mails held by a restore of the version before
    op.execute(
        "INSERT INTO restoration (restored_at) SELECT max(held_at) FROM outbox_mail"
        " WHERE status = 'pending' AND held_at IS NOT NULL HAVING max(held_at) IS NOT NULL"
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("restoration")
