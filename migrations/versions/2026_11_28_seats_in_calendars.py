"""Seats in calendars: what mails told whose calendar of which session, and the session's number there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXED = ("person_id", "session_id")

# mails of before brought seats as an entry to import: the last one that can have done so for each seat
HELD = """
    INSERT INTO seat_message (mail_id, session_id, person_id, method)
    SELECT max(outbox_mail.id), attendance.session_id, delegate.person_id, 'PUBLISH'
    FROM attendance
    JOIN delegate ON delegate.id = attendance.delegate_id
    JOIN outbox_mail ON outbox_mail.person_id = delegate.person_id
        AND outbox_mail.event_id = attendance.event_id
        AND outbox_mail.created_at >= attendance.created_at
        AND outbox_mail.kind IN ('agenda_published', 'seat_given')
    LEFT JOIN person_calendar ON person_calendar.person_id = delegate.person_id
    WHERE person_calendar.choice IS NULL OR person_calendar.choice <> 'none'
    GROUP BY attendance.session_id, delegate.person_id
"""


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "seat_message",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox_mail.id"], name=op.f("fk_seat_message_mail_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["event_session.id"], name=op.f("fk_seat_message_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_seat_message_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mail_id", "session_id", name=op.f("pk_seat_message")),
    )
    with op.batch_alter_table("seat_message", schema=None) as batch_op:
        for column in INDEXED:
            batch_op.create_index(batch_op.f(f"ix_seat_message_{column}"), [column], unique=False)
    with op.batch_alter_table("event_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uid", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
    op.execute(sa.text(HELD))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("event_session", schema=None) as batch_op:
        batch_op.drop_column("sequence")
        batch_op.drop_column("uid")
    op.drop_table("seat_message")
