"""`hotspots evaluate attention`: what becomes of attention places, on simulated years; and their model."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hotspots.evaluation.attention_fit import fitted_model
from hotspots.evaluation.attention_study import AttentionYear, run_years, summarise_attention
from hotspots.evaluation.simulation import Difficulty
from hotspots.evaluation.study import Case, cases
from hotspots.files.private_files import write_privately
from hotspots.settings import Settings, load_settings, with_changes
from jobs.commands.cases import CasesAtATime, case_workers, without_nan, write_table
from jobs.terminal import AsJson, Scheduler, progress, show

FIT_EVERY = 2
"""The model is fitted on one run in two weeks, and without wide places: an eighth of the time."""

TENTH_COLUMNS = {"shown": "shown", "told": "told", "became": "became"}
LIST_COLUMNS = {
    "weeks": "weeks",
    "shownPerWeek": "a week",
    "becameShare": "became",
    "hotspots": "hotspots",
    "shownBeforeShare": "before",
    "largestGap": "gap",
}

Write = Annotated[
    Path | None,
    typer.Option("--write", metavar="FILE", help="Fit the model on these years, and write it here instead."),
]


def attention(
    years: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many simulated years, over the shapes of city.")
    ] = 40,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Another seed gives other years; the same the same.")
    ] = 1,
    difficulty: Annotated[
        Difficulty, typer.Option("--difficulty", help="As of hotspots evaluate detection.")
    ] = "harder",
    write: Write = None,
    workers: CasesAtATime = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Show attention places in the weekly runs of simulated years, and count what becomes of them.

    Told are how many are shown a week, which share becomes a hotspot in time, which share of the hotspots was
    shown two weeks before or earlier, and, per tenth of the share that people are told, what became of them.
    Quiet years, a fifth as many, tell how many are shown where there is no hotspot.

    With --write the model is fitted on these years, and written to a file such as
    src/hotspots/detection/attention.toml.
    """
    settings = load_settings()
    if write is not None:
        text = _model(settings, years, seed, difficulty, workers, scheduler, quiet=as_json)
        write_privately(write, text.encode())
        return
    base = cases("base", years, seed=seed, difficulty=difficulty)
    quiet = cases("quiet", max(years // 5, 1), seed=seed, difficulty=difficulty)
    results = _run([*base, *quiet], settings, workers, scheduler, quiet=as_json)
    summary = summarise_attention(results[: len(base)])
    in_quiet = summarise_attention(results[len(base) :])
    if as_json:
        show(without_nan(summary | {"quiet": in_quiet}), as_json)
        return
    write_table({"hotspots": summary, "quiet years": in_quiet}, LIST_COLUMNS)
    if summary["tenths"]:
        sys.stdout.write("\n")
        write_table(summary["tenths"], TENTH_COLUMNS)


def _model(
    settings: Settings,
    years: int,
    seed: int,
    difficulty: Difficulty,
    workers: int | None,
    scheduler: str | None,
    *,
    quiet: bool,
) -> str:
    """The text of the file of the model, fitted on simulated years."""
    every = with_changes(settings, ["attention.min_share=0", "detection.wide_places=false"])
    todo = cases("base", years, seed=seed, difficulty=difficulty)
    results = _run(todo, every, workers, scheduler, quiet=quiet, every=FIT_EVERY)
    provenance = (
        "How likely a place becomes a hotspot, and what became of places like it: written by\n"
        f"hotspots evaluate attention --years {years} --seed {seed} --difficulty {difficulty} --write FILE\n"
        "on simulated years; shares are counted on years that the weights were not fitted on."
    )
    return fitted_model(results, provenance)


def _run(
    todo: Sequence[Case],
    settings: Settings,
    workers: int | None,
    scheduler: str | None,
    *,
    quiet: bool,
    every: int = 1,
) -> list[AttentionYear]:
    with case_workers(workers, scheduler) as executor, progress(quiet=quiet) as bar:
        task = bar.add_task("simulated years", total=len(todo))
        return run_years(
            todo, settings, every=every, executor=executor, on_done=lambda _: bar.update(task, advance=1)
        )
