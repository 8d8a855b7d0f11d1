"""`partners evaluate` and `partners weights fit`: a ranking against known partnerships. Options and printing; no logic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assets.ranking import evaluation, truth
from assets.ranking import weights as learning
from assets.ranking.engine import CRITERIA
from pipelines.known_partnerships import (
    BusinessesOption,
    OptionsError,
    PartnersOption,
    ProfileOption,
    SeedOption,
    TruthOption,
    world,
)
from pipelines.profile import ProfileError
from pipelines.tables import print_whole
from warehouse.lists import ListFileError

app = typer.Typer(help="Weights of the criteria.", no_args_is_help=True)

#: `--distractors all`: every partner is a candidate.
EVERY = "all"


def _console(stderr: bool = False) -> Console:
    """A console as wide as the terminal is now."""
    return Console(stderr=stderr, highlight=False)


@app.callback()
def weights() -> None:
    """Weights of the criteria."""


def evaluate(
    known: TruthOption,
    businesses: BusinessesOption = None,
    partners: PartnersOption = None,
    profile: ProfileOption = None,
    split: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="first day of the truth (default: about a fifth of the dated edges are truth)"),
    ] = None,
    distractors: Annotated[str, typer.Option(help="other partners each right one is ranked among, or `all`")] = "200",
    seed: SeedOption = 7,
) -> None:
    """Measure the ranking on partnerships you know, beside chance, popularity and keyword search.

    What was known before the split is history, businesses that found their first partners after it are the queries.
    """
    if distractors != EVERY and not (distractors.isdecimal() and int(distractors) > 0):
        _console(stderr=True).print(
            f"--distractors {distractors}: expected a number of 1 or more, or `{EVERY}`", markup=False, style="red"
        )
        raise typer.Exit(2)
    with _failing_usefully():
        found = world(known, businesses, partners, profile)
        parted = truth.split(found.edges, found.businesses, found.partners, split.date() if split else None)
        wanted = None if distractors == EVERY else int(distractors)
        result = evaluation.evaluate(
            parted, found.businesses, found.partners, wanted, seed, found.weights, found.as_of, found.tags
        )
    _print_evaluation(result)


@app.command("fit")
def fit(
    known: TruthOption,
    businesses: BusinessesOption = None,
    partners: PartnersOption = None,
    profile: ProfileOption = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="day for which accounts are judged (default: the profile's last run)"),
    ] = None,
    seed: SeedOption = 7,
) -> None:
    """Learn the weights from partnerships you know; prints them for the profile, and changes nothing."""
    with _failing_usefully():
        found = world(known, businesses, partners, profile)
        pairs = truth.pairs_of(found.edges, found.businesses, found.partners)
        day = as_of.date() if as_of else found.as_of
        fitted = learning.fit_weights(pairs, found.edges, found.businesses, found.partners, found.weights, seed, day, found.tags)
    _print_fitted(fitted)


@contextmanager
def _failing_usefully() -> Iterator[None]:
    try:
        yield
    except (ListFileError, ProfileError, OptionsError, truth.TruthError) as error:
        _console(stderr=True).print(str(error), markup=False, style="red")
        raise typer.Exit(2) from error


def _print_evaluation(found: evaluation.Evaluation) -> None:
    since = f", from {found.split.day} on" if found.split.day else ", no dates: all edges are truth"
    _console().print(
        f"{found.answers:,} partnerships of {found.queries:,} businesses without one before{since}; "
        f"{found.split.history.num_rows:,} edges of history.",
        markup=False,
    )
    for count, says in (
        (found.split.unlisted, "edges name a body that is in neither list"),
        (found.split.known_before, "businesses had, or may have had, a partner before the split and are no queries"),
        (found.split.unplaced, "edges have no date that tells on which side of the split they lie; left out"),
    ):
        if count:
            _console().print(f"  {count:,} {says}.", markup=False)
    table = Table("method", *evaluation.METRICS, "coverage@10", box=None, pad_edge=False)
    for method in evaluation.METHODS:
        cells = [f"{e.value:.3f} ({e.low:.3f}–{e.high:.3f})" for e in found.metrics[method].values()]
        table.add_row(method, *cells, f"{found.coverage[method]:.3f}")
    print_whole(table)
    for line in evaluation.verdict(found):
        _console().print(line, markup=False)


def _print_fitted(fitted: learning.Fitted) -> None:
    table = Table("criterion", "old", "learned", box=None, pad_edge=False)
    for criterion in CRITERIA:
        note = "  (known of too few, kept)" if criterion in fitted.kept else ""
        table.add_row(criterion, f"{fitted.old[criterion]:.3f}", f"{fitted.new[criterion]:.3f}{note}")
    table.add_row("MRR, cross-validated", f"{fitted.old_mrr:.3f}", f"{fitted.new_mrr:.3f}")
    _console().print(f"Learned from {fitted.partnerships:,} partnerships of {fitted.businesses:,} businesses.", markup=False)
    _console().print(table)
    if not fitted.better:
        _console().print(
            "On businesses they were not learned from, the learned weights are no better than chance would make them: "
            "keep the old ones.",
            markup=False,
        )
        return
    _console().print("On businesses they were not learned from, the learned weights rank better. Put this into the profile:\n")
    _console().print(learning.block(fitted.weights), markup=False)
