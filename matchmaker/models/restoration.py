"""That the database came out of a backup: until the operator has looked, the clock does nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from matchmaker.db import Base


class Restoration(Base):
    """One restore; while `released_at` is empty nothing goes by time, so that nobody is told twice."""

    __tablename__ = "restoration"

    id: Mapped[int] = mapped_column(primary_key=True)
    restored_at: Mapped[dt.datetime]
    released_at: Mapped[dt.datetime | None]
