"""`hotspots evaluate injected`: planted hotspots among real events, and what is found of them."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pandas as pd
import typer

from hotspots.evaluation.baselines import BASELINES, with_and_without_rules
from hotspots.evaluation.events import read_events
from hotspots.evaluation.injected_study import (
    PeriodResult,
    injected_cases,
    run_injected,
    summarise_injected,
)
from hotspots.evaluation.many_cases import run_all
from hotspots.settings import load_settings, with_changes
from jobs.commands.cases import (
    PLACE_COLUMNS,
    CasesAtATime,
    EventsFile,
    EventsMapping,
    EventsSource,
    case_workers,
    events_mapping,
    without_nan,
    write_table,
)
from jobs.terminal import AsJson, Scheduler, progress, show

LIST_COLUMNS = {
    "listed": "listed",
    "found": "found",
    "extra": "extra",
    "elsewhere": "else",
    "asMany": "of as many",  # and the columns after it: recall of the strongest, as many as ours
}


def injected(
    file: EventsFile,
    source: EventsSource = "",
    mapping: EventsMapping = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SECTION.KEY=VALUE",
            help="A setting that differs, such as municipality.crs=EPSG:32610; repeat it for more.",
        ),
    ] = None,
    periods: Annotated[
        int, typer.Option(min=1, max=100, help="How many periods of 52 weeks at most, the last of the file.")
    ] = 3,
    rounds: Annotated[
        int, typer.Option(min=1, max=1000, help="How often to plant, each time elsewhere, in each period.")
    ] = 1,
    places: Annotated[
        int, typer.Option(min=1, max=20, help="How many places of each of the five scales in a period.")
    ] = 3,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Another seed plants others; the same the same.")
    ] = 1,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            metavar="NAME[:PARAMETER=VALUE,…]",
            help="Compare with this clusterer too, with our rules and without; repeat it for more.",
        ),
    ] = None,
    others: Annotated[
        bool, typer.Option(help="Compare with the built-in other methods; they take most of the time.")
    ] = True,
    workers: CasesAtATime = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Plant hotspots of every scale among real events, and count what is found of them.

    Dwellings (three in ten reports a few houses off), places of up to 50 m, 50 to 120 m and 120 to 300 m
    (round, in patches or along an edge), and streets of 150 to 400 m; steady, at weekends only, in some weeks
    and not in others, and growing. All weekly runs are done with the configured settings. A place counts when
    its own reports meet the definition, also given the events around it; the delay is counted from that day.
    It is found when a hotspot on the list has three in ten of its reports from it, and its centre within the
    radius of the place (75 m for a small one); other such hotspots are extra pieces.

    What else is listed may be a real hotspot of these events. Other methods get the whole period at once,
    with our rules and without, and are shown with all that they list and with the strongest, as many as ours.

    The time zone and the projected system of the city are settings:

    hotspots evaluate injected thefts.csv --mapping thefts.toml --set municipality.crs=EPSG:32610
    """
    settings = with_changes(load_settings(), change or [])
    chosen = events_mapping(settings, source, mapping)
    methods = (dict(BASELINES) if others else {}) | with_and_without_rules(method or [])
    with progress(quiet=as_json) as bar:
        task = bar.add_task(f"reading {file.name}", total=None)
        todo = injected_cases(
            read_events(file, chosen, settings),
            settings,
            periods=periods,
            rounds=rounds,
            per_scale=places,
            seed=seed,
            methods=methods,
        )
        bar.update(task, total=len(todo), description="periods of 52 weeks")

        def advance(result: PeriodResult) -> None:
            bar.update(task, advance=1, description=f"periods of 52 weeks (last: from {result.first})")

        with case_workers(workers, scheduler) as executor:
            results = run_all(todo, run_injected, settings, executor=executor, on_done=advance)
    summary = summarise_injected(results)
    if as_json:
        show(without_nan(summary | {"places": _places(results), "elsewhere": _elsewhere(results)}), as_json)
        return
    _write(summary)


def _write(summary: dict[str, Any]) -> None:
    write_table(
        summary["scales"] | {f"  {name}": row for name, row in summary["rhythms"].items()}, PLACE_COLUMNS
    )
    sys.stdout.write("\n")
    ours = summary["list"]
    strongest = {"hotspots": ours} | summary["methodsSameLength"]
    rows = {
        name: row | {"asMany": strongest[name]["found"]} | strongest[name]["recallPerScale"]
        for name, row in ({"hotspots": ours} | summary["methods"]).items()
    }
    write_table(rows, LIST_COLUMNS | {scale: scale for scale in ours["recallPerScale"]})
    show({"periods": summary["periods"], "events": summary["events"]}, as_json=False)


PLACE_NAMES = {
    "period": "period",
    "scale": "scale",
    "form": "form",
    "rhythm": "rhythm",
    "radius_m": "radiusM",
    "report_count": "reports",
    "first_met": "firstMet",
    "is_counted": "counted",
    "is_found": "found",
    "extra": "extra",
    "delay_days": "delayDays",
    "error_m": "errorM",
}
ELSEWHERE_NAMES = {
    "period": "period",
    "lon": "lon",
    "lat": "lat",
    "report_count": "reports",
    "first_signalled": "firstSignalled",
}


def _places(results: Sequence[PeriodResult]) -> list[dict[str, Any]]:
    tables = [
        result.places.assign(
            period=str(result.first), first_met=result.places["first_met"].dt.strftime("%Y-%m-%d")
        )
        for result in results
    ]
    return _records(tables, PLACE_NAMES)


def _elsewhere(results: Sequence[PeriodResult]) -> list[dict[str, Any]]:
    tables = [
        result.elsewhere.assign(
            period=str(result.first), first_signalled=result.elsewhere["first_signalled"].astype(str)
        )
        for result in results
    ]
    return _records(tables, ELSEWHERE_NAMES)


def _records(tables: Sequence[pd.DataFrame], names: Mapping[str, str]) -> list[dict[str, Any]]:
    table = pd.concat(tables, ignore_index=True)[list(names)].rename(columns=names)
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
