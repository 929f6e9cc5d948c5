"""`matchmaker learn EVENT...`: proposes better weights from what was decided at these events."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import Config
from matchmaker import clock
from matchmaker.db import Database
from matchmaker.matching import LEAST_DECISIONS, Compared, Decision, Learned, TooLittleToLearnError, learn
from matchmaker.models import Event
from matchmaker.services.decision import Collected, collect_decisions
from matchmaker.services.learned_weights import propose_weights, weights_of

WHY_NOT = {
    "not_scored": "of pairs that no round compared closely",
    "other_encoder": "scored with another language model",
    "unknown_weights": "of rounds that did not keep their weights",
}
FIGURES = (("auc", "AUC"), ("log_loss", "log loss"), ("brier", "Brier"), ("ndcg5", "nDCG@5"))


@click.command("learn")
@click.argument("events", nargs=-1, required=True, metavar="EVENT...")
@click.option(
    "--for", "targets", multiple=True, help="Propose them to this event; without it, to the events named."
)
@click.pass_obj
def learn_weights(config: Config, events: tuple[str, ...], targets: tuple[str, ...]) -> None:
    """Refit the weights on the decisions of EVENT... and propose them to an organiser."""
    # the encoders take seconds to load: not for every command
    from matchmaker.jobs.vector import encoder_of

    database = Database(config.database_url)
    encoder_version = encoder_of(config).version
    decisions: list[Decision] = []
    sources: list[dict[str, Any]] = []
    with database.reading() as session:
        for event in _events(session, events):
            found = collect_decisions(session, event_id=event.id, encoder_version=encoder_version)
            _print_collected(event, found)
            decisions += found.decisions
            sources.append({"event_id": event.id, "name": event.name, "decisions": len(found.decisions)})
        chosen = _events(session, targets or events)
        present = {event.id: weights_of(session, event_id=event.id) for event in chosen}
    if len(decisions) < LEAST_DECISIONS:
        _leave(
            f"There are {len(decisions)} decisions to learn from; {LEAST_DECISIONS} are needed. "
            "Nothing was proposed, and the weights stay as they are."
        )
    for event in chosen:
        weights = present[event.id].for_encoder(encoder_version)
        try:
            learned = learn(decisions, weights, "proposed")
        except TooLittleToLearnError:
            _leave("All decisions are alike, so that nothing can be learned from them.")
        with database.transaction() as session:
            row = propose_weights(
                session,
                event=session.get_one(Event, event.id),
                learned=learned,
                sources=[source for source in sources if source["decisions"]],
                encoder_version=encoder_version,
                now=clock.now(),
            )
            version = row.version
        click.echo(f"\nProposed to {event.slug} as {version}:")
        _print_learned(learned)
    click.echo("\nNothing changes before an organiser accepts it under Rounds > Weights of the matching.")


def _events(session: Session, slugs: tuple[str, ...]) -> list[Event]:
    found = {event.slug: event for event in session.scalars(sa.select(Event).where(Event.slug.in_(slugs)))}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        _leave(f"There is no event {', '.join(missing)}.")
    return [found[slug] for slug in dict.fromkeys(slugs)]


def _print_collected(event: Event, found: Collected) -> None:
    click.echo(f"{event.slug}: {len(found.decisions)} decisions")
    for code, count in sorted(found.left_out.items()):
        click.echo(f"  left out: {count} {WHY_NOT[code]}")


def _print_learned(learned: Learned) -> None:
    if learned.whole_events:
        click.echo(f"  Figures on events that were held out whole, {learned.events} in turn.")
    else:
        click.echo("  There is only one event: participations were held out, a fifth at a time. That says")
        click.echo("  less of other events, and fits are not called calibrated on it.")
    for name, compared in {"all": learned.figures, **learned.sides}.items():
        click.echo(f"  {name} ({compared.new.decisions} decisions)")
        for line in _lines(compared):
            click.echo(f"    {line}")
    verdict = "foresee held-out decisions better" if learned.is_better else "do NOT foresee them better"
    click.echo(f"  The new weights {verdict}.")


def _lines(compared: Compared) -> list[str]:
    lines = []
    for name, words in FIGURES:
        old, new = getattr(compared.present, name), getattr(compared.new, name)
        shown = ["-" if value is None else f"{value:.3f}" for value in (old, new)]
        lines.append(f"{words:9} now {shown[0]:>6}  new {shown[1]:>6}")
    return lines


def _leave(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)
