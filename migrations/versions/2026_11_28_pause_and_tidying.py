"""The pause between two meetings, and studies that tidy a draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

LIMITED = ("event", "participation")
KIND = "ck_round_study_study_kind"
BEFORE = "kind IN ('check', 'plan', 'repair')"
AFTER = "kind IN ('check', 'plan', 'repair', 'tidy')"


def set_kinds(kinds: str) -> None:
    """Let studies be of these kinds."""
    with op.batch_alter_table("round_study") as batch_op:
        batch_op.drop_constraint(op.f(KIND), type_="check")
        batch_op.create_check_constraint(op.f(KIND), sa.text(kinds))


def upgrade() -> None:
    """Go forward."""
    for table in LIMITED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("pause", sa.Integer(), nullable=True))
            batch_op.create_check_constraint(
                op.f(f"ck_{table}_pause_not_negative"), sa.text("pause IS NULL OR pause >= 0")
            )
    set_kinds(AFTER)


def downgrade() -> None:
    """Go back."""
    op.execute("DELETE FROM round_study WHERE kind = 'tidy'")
    set_kinds(BEFORE)
    for table in reversed(LIMITED):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_pause_not_negative"), type_="check")
            batch_op.drop_column("pause")
