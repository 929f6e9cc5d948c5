"""An organisation, its people, and what it offers and needs whatever the event."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from matchmaker.db import Base, enum_column
from matchmaker.models.person import Person


class OrganisationKind(enum.StrEnum):
    """What an organisation is."""

    STARTUP = "startup"
    CORPORATE = "corporate"
    RESEARCH = "research"
    INVESTOR = "investor"
    PUBLIC = "public"
    ENABLER = "enabler"


class MemberRole(enum.StrEnum):
    """What a person may do for its organisation."""

    MANAGER = "manager"
    MEMBER = "member"


class MemberStatus(enum.StrEnum):
    """Whether a person belongs to the organisation already."""

    ASKED = "asked"
    ACTIVE = "active"
    REFUSED = "refused"


class Organisation(Base):
    """A startup, corporate, research institute, investor, public body or enabler."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(sa.String(200), index=True)
    kind: Mapped[OrganisationKind] = mapped_column(enum_column(OrganisationKind, "organisation_kind"))
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    region: Mapped[str] = mapped_column(sa.String(120), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    mail_domain: Mapped[str] = mapped_column(sa.String(200), default="", index=True)
    is_invented: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id", ondelete="SET NULL"))

    members: Mapped[list[OrganisationMember]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan"
    )


class OrganisationMember(Base):
    """A person of an organisation, or one who asked to join it."""

    __tablename__ = "organisation_member"

    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[MemberRole] = mapped_column(enum_column(MemberRole, "member_role"))
    status: Mapped[MemberStatus] = mapped_column(enum_column(MemberStatus, "member_status"))
    created_at: Mapped[dt.datetime]

    organisation: Mapped[Organisation] = relationship(back_populates="members")
    person: Mapped[Person] = relationship()
