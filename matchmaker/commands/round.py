"""`matchmaker round EVENT` runs a round, `matchmaker round check ROUND` proves its schedule again."""

from __future__ import annotations

import sys
import time
from typing import NoReturn

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.errors import MatchmakerError
from matchmaker.models import Event, Person, Round, RoundStatus, RoundStep
from matchmaker.services.publication import NotPublishable, publish_round
from matchmaker.services.round import ACTIVE, STALE_AFTER, due_round_id, queue_round
from matchmaker.services.worker import has_live_worker

STEPS = [step.value for step in RoundStep]


class RoundGroup(click.Group):
    """What is not the name of a part is the event that a round shall run for."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Let `run` be left out."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["run", *args])


@click.group("round", cls=RoundGroup, context_settings={"ignore_unknown_options": True})
def round_group() -> None:
    """Run a round: matchmaker round EVENT [--wait] [--publish]."""


@round_group.command("run")
@click.argument("event")
@click.option("--step", type=click.Choice(STEPS), default="both", show_default=True)
@click.option("--seconds", type=click.IntRange(1, 36_000), default=30, show_default=True, help="To schedule.")
@click.option("--least-fit", type=click.IntRange(0, 100), default=20, show_default=True)
@click.option("--top", type=click.IntRange(1, 200), default=20, show_default=True, help="Suggestions each.")
@click.option(
    "--floor", type=click.IntRange(0, 5), default=2, show_default=True, help="Meetings for everybody first."
)
@click.option("--wait", is_flag=True, help="Wait for the result; without a live worker, compute it here.")
@click.option("--publish", is_flag=True, help="Publish the result at once (waits).")
@click.option("--by", "by_email", help="The organiser who answers for it, by e-mail address.")
@click.pass_obj
def run(
    config: Config,
    event: str,
    step: str,
    seconds: int,
    least_fit: int,
    top: int,
    floor: int,
    wait: bool,
    publish: bool,
    by_email: str | None,
) -> None:
    """Start a round of EVENT (its short name in addresses)."""
    database = Database(config.database_url)
    settings = {"seconds": seconds, "least_fit": least_fit / 100, "top": top, "floor": floor}
    try:
        with database.transaction() as session:
            row = _event(session, event)
            actor_id = _person(session, by_email)
            queued = queue_round(
                session,
                event=row,
                step=RoundStep(step),
                actor_id=actor_id,
                now=clock.now(),
                settings=settings,
            )
            round_id, number = queued.id, queued.number
    except MatchmakerError as error:
        _leave(str(error))
    click.echo(f"Round {number} of {event} is queued.")
    if not (wait or publish):
        return
    ended = _wait(database, config, round_id)
    _print_figures(ended)
    if ended.status == RoundStatus.FAILED:
        _leave(f"The round failed: {ended.error} {ended.error_arguments}")
    if publish:
        _publish(database, event, round_id, actor_id)


@round_group.command("check")
@click.argument("round_id", type=int)
@click.pass_obj
def round_check(config: Config, round_id: int) -> None:
    """Prove the schedule of the round with this id again, from its stored rows."""
    # the solvers take seconds to load: not for every command
    from matchmaker.services.round_recheck import recheck_round

    database = Database(config.database_url)
    with database.snapshot() as session:
        row = session.get(Round, round_id)
        found = recheck_round(session, round_=row) if row is not None else None
    if found is None:
        _leave("There is no such round, or it has no schedule.")
    for violation in found.broken:
        click.echo(violation)
    if found.broken:
        sys.exit(1)
    click.echo(f"{found.meetings} meetings, value {found.value / 1000:.3f}: every rule is kept.")
    if found.bound is not None:
        click.echo(
            f"Objective {found.objective}, bound {found.bound}: within {found.gap:.3%} of the best value."
        )
    if found.most is not None:
        click.echo(f"No schedule has more than {found.most} meetings.")
    if found.is_changed:
        click.echo(
            f"Changed since: {found.moved} moved, {found.gone} no longer there, {found.added} added. "
            f"As it stands: {found.present_meetings} meetings, value {found.present_value / 1000:.3f}."
        )
        for violation in found.present_broken:
            click.echo(f"As it stands: {violation}")


def _event(session: Session, slug: str) -> Event:
    row = session.scalar(sa.select(Event).where(Event.slug == slug))
    if row is None:
        _leave(f"There is no event {slug!r}.")
    return row


def _person(session: Session, email: str | None) -> int | None:
    if email is None:
        return None
    person_id = session.scalar(sa.select(Person.id).where(Person.email == email.lower()))
    if person_id is None:
        _leave(f"There is nobody with the address {email!r}.")
    return person_id


def _wait(database: Database, config: Config, round_id: int) -> Round:
    # the solvers take seconds to load: not for every command
    from matchmaker.jobs.round import run_due_round

    told = ""
    while True:
        with database.reading() as session:
            row = session.get_one(Round, round_id)
            has_worker = has_live_worker(session, now=clock.now())
            is_next = due_round_id(session, now=clock.now(), stale_after=STALE_AFTER) == round_id
        if row.status not in ACTIVE:
            return row
        if row.progress_code != told:
            told = row.progress_code
            click.echo(f"{row.progress:4.0%} {told}")
        if is_next and not has_worker:
            run_due_round(database, config)
        else:
            time.sleep(0.5)


def _print_figures(row: Round) -> None:
    for name, value in sorted(row.figures.items()):
        if name == "without":
            reasons: dict[str, int] = {}
            for entry in value:
                reasons[entry["code"]] = reasons.get(entry["code"], 0) + 1
            click.echo(f"{name}: {len(value)} {reasons}")
        else:
            click.echo(f"{name}: {value}")


def _publish(database: Database, slug: str, round_id: int, actor_id: int | None) -> None:
    try:
        with database.transaction() as session:
            event, row = _event(session, slug), session.get_one(Round, round_id)
            publish_round(session, round_=row, event=event, actor_id=actor_id, now=clock.now())
            figures = dict(row.figures)
    except NotPublishable as error:
        problems = ", ".join(f"{problem.code} {problem.place}".strip() for problem in error.problems)
        _leave(f"{error} ({problems})")
    except MatchmakerError as error:
        _leave(str(error))
    click.echo(f"Published: {figures['confirmed']} meetings confirmed, {figures['proposed']} proposed.")


def _leave(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)
