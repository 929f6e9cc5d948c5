"""The link that ends one kind of mails for one person: signed, without an end, and good for nothing else."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from config import Config
from matchmaker.models import MailTopic, OutboxMail
from matchmaker.services.mail_choice import topic_of


def unsubscribe_link(mail: OutboxMail, config: Config) -> str | None:
    """Where the person switches this mail's topic off; None for a mail that cannot be switched off."""
    topic = topic_of(mail.kind)
    if topic is None or mail.person_id is None:
        return None
    token = _serializer(config).dumps([mail.person_id, topic.value])
    return f"{config.base_url}/unsubscribe/{token}"


def read_unsubscribe(token: str, config: Config) -> tuple[int, MailTopic] | None:
    """The person and the topic of a link; None for one that was not made here."""
    try:
        person_id, topic = _serializer(config).loads(token)
        return int(person_id), MailTopic(topic)
    except (BadSignature, ValueError, TypeError):
        return None


def _serializer(config: Config) -> URLSafeSerializer:
    return URLSafeSerializer(config.secret_key, salt="unsubscribe")
