"""Tables and constraints, one noun per file; importing this package loads all of them."""

from matchmaker.models.audit import AuditEntry, RateCount
from matchmaker.models.block import Block, Shift, ShiftStaff, Slot
from matchmaker.models.browsing import BrowsingList, BrowsingRun
from matchmaker.models.change import Change, ChangeKind
from matchmaker.models.event import (
    Approval,
    Event,
    EventFormat,
    EventRole,
    EventRoleKind,
    EventStatus,
    Group,
    GroupRule,
)
from matchmaker.models.event_session import Attendance, EventSession, SeatWish, SessionKind, SessionPlace
from matchmaker.models.import_file import ImportFile
from matchmaker.models.learned_weights import LearnedWeights, WeightsChoice
from matchmaker.models.legal_text import LegalKind, LegalText
from matchmaker.models.mail_choice import CalendarChoice, MailRefusal, MailTopic, PersonCalendar
from matchmaker.models.mail_passage import MailPassage
from matchmaker.models.meeting import (
    SEATED,
    Meeting,
    MeetingDelegate,
    MeetingStatus,
    PlaceClaim,
    Seat,
)
from matchmaker.models.meeting_request import MeetingRequest, ProposedSlot, RequestProposal, RequestStatus
from matchmaker.models.meeting_statement import (
    MOST_USEFUL,
    AttendanceKind,
    MeetingStatement,
    ReviewAnswer,
    ReviewAnswerKind,
)
from matchmaker.models.organisation import (
    MemberRole,
    MemberStatus,
    Organisation,
    OrganisationKind,
    OrganisationMember,
)
from matchmaker.models.outbox import CalendarMessage, MailStatus, OutboxMail, SeatMessage
from matchmaker.models.pair_rule import PairRule, PairRuleKind
from matchmaker.models.participation import (
    Availability,
    Delegate,
    Entry,
    EntryKind,
    Origin,
    Participation,
    ParticipationStatus,
)
from matchmaker.models.person import (
    Consent,
    ErasedAddress,
    InstallationRight,
    Link,
    LinkKind,
    LoginSession,
    Person,
    PersonRight,
)
from matchmaker.models.phase import EventPhase, Phase, PhaseGate
from matchmaker.models.place import OpeningHours, Place, PlaceClosure, PlaceKind, PlaceOwner
from matchmaker.models.restoration import Restoration
from matchmaker.models.round import Round, RoundStatus, RoundStep, Unplaced, WorkerHeartbeat
from matchmaker.models.round_report import (
    STUDY_ACTIVE,
    RoundShare,
    RoundStudy,
    StudyKind,
    StudyStatus,
)
from matchmaker.models.suggestion import Suggestion, TextVector, Wish, WishKind
from matchmaker.models.topic import Topic
from matchmaker.models.waiting_list import FreedSeat, FreedSlot

__all__ = [
    "MOST_USEFUL",
    "SEATED",
    "STUDY_ACTIVE",
    "Approval",
    "Attendance",
    "AttendanceKind",
    "AuditEntry",
    "Availability",
    "Block",
    "BrowsingList",
    "BrowsingRun",
    "CalendarChoice",
    "CalendarMessage",
    "Change",
    "ChangeKind",
    "Consent",
    "Delegate",
    "Entry",
    "EntryKind",
    "ErasedAddress",
    "Event",
    "EventFormat",
    "EventPhase",
    "EventRole",
    "EventRoleKind",
    "EventSession",
    "EventStatus",
    "FreedSeat",
    "FreedSlot",
    "Group",
    "GroupRule",
    "ImportFile",
    "InstallationRight",
    "LearnedWeights",
    "LegalKind",
    "LegalText",
    "Link",
    "LinkKind",
    "LoginSession",
    "MailPassage",
    "MailRefusal",
    "MailStatus",
    "MailTopic",
    "Meeting",
    "MeetingDelegate",
    "MeetingRequest",
    "MeetingStatement",
    "MeetingStatus",
    "MemberRole",
    "MemberStatus",
    "OpeningHours",
    "Organisation",
    "OrganisationKind",
    "OrganisationMember",
    "Origin",
    "OutboxMail",
    "PairRule",
    "PairRuleKind",
    "Participation",
    "ParticipationStatus",
    "Person",
    "PersonCalendar",
    "PersonRight",
    "Phase",
    "PhaseGate",
    "Place",
    "PlaceClaim",
    "PlaceClosure",
    "PlaceKind",
    "PlaceOwner",
    "ProposedSlot",
    "RateCount",
    "RequestProposal",
    "RequestStatus",
    "Restoration",
    "ReviewAnswer",
    "ReviewAnswerKind",
    "Round",
    "RoundShare",
    "RoundStatus",
    "RoundStep",
    "RoundStudy",
    "Seat",
    "SeatMessage",
    "SeatWish",
    "SessionKind",
    "SessionPlace",
    "Shift",
    "ShiftStaff",
    "Slot",
    "StudyKind",
    "StudyStatus",
    "Suggestion",
    "TextVector",
    "Topic",
    "Unplaced",
    "WeightsChoice",
    "Wish",
    "WishKind",
    "WorkerHeartbeat",
]
