"""What single participations need to be placed in the browsing lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from matchmaker.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lists are derived: the worker's next turn computes them again, with what is new."""
    _empty()
    with op.batch_alter_table("browsing_list") as table:
        table.add_column(sa.Column("version", sa.Integer(), nullable=False))
        table.add_column(sa.Column("scale", sa.Double(), nullable=False))
        table.add_column(sa.Column("candidates", sa.LargeBinary(), nullable=False))
        table.add_column(sa.Column("last_fit", sa.Double(), nullable=False))
    with op.batch_alter_table("browsing_run") as table:
        table.add_column(sa.Column("terms_hash", sa.String(length=64), nullable=False))
        table.add_column(sa.Column("updated_at", UtcDateTime(), nullable=False))
        table.add_column(sa.Column("update_seconds", sa.Double(), nullable=False))


def downgrade() -> None:
    """Back to lists alone."""
    _empty()
    with op.batch_alter_table("browsing_run") as table:
        for name in ("update_seconds", "updated_at", "terms_hash"):
            table.drop_column(name)
    with op.batch_alter_table("browsing_list") as table:
        for name in ("last_fit", "candidates", "scale", "version"):
            table.drop_column(name)


def _empty() -> None:
    op.execute("DELETE FROM browsing_list")
    op.execute("DELETE FROM browsing_run")
