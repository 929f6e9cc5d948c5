"""`matchmaker new-event`: an open event with one block of slots, for scripts and large imports."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import click
import sqlalchemy as sa

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.local_time import check_zone, local_day, to_moment
from matchmaker.models import EventFormat, Person
from matchmaker.services.block import BlockDetails, add_block
from matchmaker.services.event import EventDetails, EventRules, create_event, open_registration, set_rules


@click.command("new-event")
@click.argument("name")
@click.option("--by", "email", required=True, help="The organiser's e-mail address; has a log-in already.")
@click.option("--zone", required=True, help="The event's IANA zone, such as Europe/Berlin.")
@click.option(
    "--start", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="Local, 2027-02-10T14:00."
)
@click.option("--slots", required=True, type=click.IntRange(1, 200), help="How many slots.")
@click.option("--minutes", type=click.IntRange(5, 480), default=20, show_default=True)
@click.option("--pause", type=click.IntRange(0, 240), default=0, show_default=True)
@click.option("--maximum", type=click.IntRange(1), help="Meetings per participation at most.")
@click.option("--address", required=True, help="The organiser's postal address.")
@click.option(
    "--video-link", default="", help="Such as https://video.example.org/{meeting}; makes it virtual."
)
@click.pass_obj
def new_event(
    config: Config,
    name: str,
    email: str,
    zone: str,
    start: dt.datetime,
    slots: int,
    minutes: int,
    pause: int,
    maximum: int | None,
    address: str,
    video_link: str,
) -> None:
    """Create an event and open its registration; prints its short name."""
    database = Database(config.database_url)
    now = clock.now()
    try:
        with database.transaction() as session:
            person = session.scalar(sa.select(Person).where(Person.email == email.lower()))
            if person is None:
                click.echo(f"There is nobody with the address {email!r}.", err=True)
                sys.exit(1)
            begin = to_moment(start, check_zone(zone))
            end = begin + dt.timedelta(minutes=slots * (minutes + pause))
            details = EventDetails(
                name=name,
                format=EventFormat.VIRTUAL if video_link else EventFormat.ON_SITE,
                time_zone=zone,
                starts_on=start.date(),
                ends_on=local_day(end, zone),
                description=name,
                organiser_name=person.name,
                organiser_address=address,
                organiser_email=email.lower(),
                video_link=video_link,
            )
            event = create_event(session, details=details, actor_id=person.id, now=now)
            acting: dict[str, Any] = {"event_id": event.id, "actor_id": person.id, "now": now}
            rules = EventRules(maximum=maximum)
            set_rules(session, version=event.version, rules=rules, **acting)
            block = BlockDetails("Meetings", begin, end, minutes, pause)
            add_block(session, details=block, **acting)
            open_registration(session, **acting)
            slug = event.slug
    except MatchmakerError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(slug)
