"""Delegates who left stay for the sake of former meetings, without rights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from matchmaker.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("delegate") as batch_op:
        batch_op.add_column(sa.Column("left_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("delegate") as batch_op:
        batch_op.drop_column("left_at")
