"""`hotspots evaluate`: how good detection is, on simulated years and real events, and what other rules do."""

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

import typer

from hotspots.errors import SettingsError
from hotspots.evaluation.baselines import BASELINES, with_and_without_rules
from hotspots.evaluation.events import read_events
from hotspots.evaluation.forecasting import evaluate_forecasts
from hotspots.evaluation.simulation import Difficulty
from hotspots.evaluation.study import (
    VARIANTS,
    Case,
    cases,
    recall_per_scale,
    run_cases,
    summarise,
    summarise_baselines,
    summarise_scales,
)
from hotspots.settings import Settings, load_settings, with_changes
from hotspots.weekly.rule_preview import PreviewedHotspot, preview_rules
from hotspots.weekly.weeks import weeks_between
from jobs.commands import Commands, add_group
from jobs.commands.addresses import evaluate_accuracy
from jobs.commands.attention import attention
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
from jobs.commands.injected import injected
from jobs.terminal import (
    AsJson,
    Scheduler,
    day_or_today,
    opened,
    parse_day,
    progress,
    show,
)

Years = Annotated[
    int, typer.Option(min=1, max=10_000, help="How many simulated years, over the shapes of city in turn.")
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**32 - 1, help="Another seed gives other years; the same gives the same.")
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        metavar="NAME[:PARAMETER=VALUE,…]",
        help="Compare with this clusterer too; repeat it for more. NAME is one of scikit-learn's (DBSCAN, "
        "OPTICS, MeanShift, …) or the path of a class with that interface; distances are in metres.",
    ),
]

Hardness = Annotated[
    Difficulty,
    typer.Option(
        "--difficulty",
        help="harder: places of every scale, shape and rhythm, in a background that clusters by itself. "
        "former: round places of up to 60 m and dwellings, the years that figures before were measured on.",
    ),
]

DETECTION_COLUMNS = {
    "f1": "F1",
    "recall": "recall",
    "precision": "precision",
    "falsePerYear": "false/year",
    "medianErrorM": "error m",
    "medianDelayDays": "delay d",
    "p90DelayDays": "p90",
    "soortRight": "soort",
    "indicatieRight": "indicatie",
}


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    on_years: Commands = {"detection": detection, "robustness": robustness, "attention": attention}
    on_events: Commands = {"forecast": forecast, "injected": injected}
    add_group(app, "evaluate", **on_years, **on_events, rules=rules, geocoding=evaluate_accuracy)


def detection(
    years: Years = 100,
    seed: Seed = 1,
    method: Methods = None,
    difficulty: Hardness = "harder",
    workers: CasesAtATime = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Find planted hotspots in simulated years, and count what is missed and what is false.

    Each year has about 2,000 reports and 16 hotspots, of every scale from a dwelling to a park or a street
    (--difficulty former: of up to 60 m, two of them dwellings), and decoys that look like hotspots: bursts,
    one neighbour who reports for months, a busy centre, towers of flats, dirty rows. All 52 weekly runs are
    done with the configured settings, and hotspots are followed from week to week. A planted hotspot counts
    when its own reports meet the definition. Other methods get the same years, each as a whole, with our
    rules and without. Quiet years, half as many, give the rate of false hotspots; years with permuted
    dates show how often chance is called significant.

    100 years take some twenty minutes on two processors.

    To compare with another clusterer, name it. Its clusters are shown as they are, and those that pass the
    configured rules (enough reports, days, weeks and reporters, no burst):

    hotspots evaluate detection --method OPTICS:min_samples=8 --method sklearn.cluster.DBSCAN:eps=30
    """
    settings = load_settings()
    baselines = BASELINES | with_and_without_rules(method or [])
    base = cases("base", years, seed=seed, baselines=baselines, with_permutation=True, difficulty=difficulty)
    quiet = cases("quiet", max(years // 2, 1), seed=seed, difficulty=difficulty)
    results = _run([*base, *quiet], settings, workers, scheduler, quiet=as_json)
    summary = summarise(results[: len(base)])
    of_shape = {
        shape: summarise([year for year in results[: len(base)] if year.case.shape == shape])
        for shape in dict.fromkeys(case.shape for case in base)
    }
    quiet_summary = summarise(results[len(base) :])
    of_baselines = summarise_baselines(results[: len(base)])
    scales = summarise_scales(results[: len(base)])
    recalls = {name: recall_per_scale(results[: len(base)], name) for name in of_baselines}
    missed = [reason for year in results[: len(base)] for reason in year.missed]
    if as_json:
        whole = summary | {
            "shapes": of_shape,
            "quiet": quiet_summary,
            "scales": scales,
            "peers": {name: {**row, "recallPerScale": recalls[name]} for name, row in of_baselines.items()},
            "missed": missed,
        }
        show(without_nan(whole), as_json)
        return
    rows = {"hotspots": summary} | {f"  {shape}": row for shape, row in of_shape.items()}
    write_table(rows | {name: dict(row) for name, row in of_baselines.items()}, DETECTION_COLUMNS)
    sys.stdout.write("\n")
    write_table(scales, PLACE_COLUMNS)
    sys.stdout.write("\n")
    ours = {scale: row["recall"] for scale, row in scales.items()}
    write_table({"recall of hotspots": ours} | recalls, {scale: scale for scale in scales})
    show(
        {
            "years": f"{years}, with {summary['reports']} reports and {summary['planted']} hotspots",
            "F1, 95 % interval": f"{summary['f1Low']:.3f} to {summary['f1High']:.3f} (mean per year)",
            "false ones": summary["falseKinds"] or "none",
            "split / glued": f"{summary['split']} / {summary['glued']}",
            "false per quiet year": quiet_summary["falsePerYear"],
            "chance significant": f"{summary['permutedSignificant']:.1%} of date-permuted years (5 % wanted)",
        },
        as_json,
    )
    for reason in missed:
        sys.stdout.write(f"missed: {reason}\n")


def robustness(
    years: Years = 30,
    seed: Seed = 2,
    difficulty: Hardness = "harder",
    workers: CasesAtATime = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Show whether the figures hold in years that differ in one way each, with the same settings.

    Half and twice the reports; unknown reporters (one neighbour who reports for months then looks like
    several, so another row leaves such series out); a fifth of the locations by postcode only; runs on
    another weekday; years without any hotspot; and years with the everyday background only.
    """
    settings = load_settings()
    todo = [case for variant in VARIANTS for case in cases(variant, years, seed=seed, difficulty=difficulty)]
    results = _run(todo, settings, workers, scheduler, quiet=as_json)
    rows = {
        variant.name: summarise([year for year in results if year.case.variant == key])
        for key, variant in VARIANTS.items()
    }
    if as_json:
        show(without_nan({"years": years, "variants": rows}), as_json)
    else:
        write_table(rows, DETECTION_COLUMNS)


def forecast(
    file: EventsFile,
    source: EventsSource = "",
    mapping: EventsMapping = None,
    as_json: AsJson = False,
) -> None:
    """Forecast where the events of the next 28 days fall, over and over, and score it.

    Gives for 1, 2 and 5 % of the area: the share of events caught (hit rate), how many times more than chance
    that is (PAI), and its share of the best possible (PEI). The plain count of last month is the baseline to
    beat. Forecasts six periods of 28 days, each from the events before it, in cells of 150 m; cells in which
    nothing was ever reported are left out.
    """
    settings = load_settings()
    chosen = events_mapping(settings, source, mapping)
    with progress(quiet=as_json) as bar:
        task = bar.add_task(f"reading {file.name}", total=7)
        events = read_events(file, chosen, settings)

        def advance(start: date) -> None:
            bar.update(task, advance=1, description=f"forecast from {start}")

        bar.advance(task)
        table = evaluate_forecasts(
            events["x"].to_numpy(),
            events["y"].to_numpy(),
            events["day"],
            settings=settings,
            on_period=advance,
        )
    rows: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()} for row in table.round(4).to_dict("records")
    ]
    if as_json:
        show({"events": len(events), "forecasts": rows}, as_json)
        return
    write_table(
        {f"{row['forecast']}, {row['area_share']:.0%}": row for row in rows},
        {"hit_rate": "hit rate", "pai": "PAI", "pei": "PEI"},
    )
    show({"events": len(events), "periods": rows[0]["period_count"]}, as_json)


def rules(
    changes: Annotated[
        list[str],
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="A setting to try; repeat it for more."),
    ],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day, by default a year before --to.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day, by default today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what other rules would have flagged over the past year: which hotspots come, which go, per week.

    Does every weekly run twice in memory, with the present and the proposed settings. Nothing is changed: to
    adopt them, 'hotspots rules propose', or put them in the settings file.

    Example: hotspots evaluate rules --set detection.min_reports=6
    """
    with opened() as (settings, database), progress(quiet=as_json) as bar:
        proposed = with_changes(settings, changes)
        if proposed == settings:
            raise SettingsError(
                f"wanted a setting that differs from the present one, found {', '.join(changes)}"
            )
        end = day_or_today(last, settings)
        start = parse_day(first) if first else end - timedelta(days=364)
        weeks = weeks_between(start, end)
        if not weeks:
            raise typer.BadParameter(f"wanted a period with a Sunday in it, found {start} to {end}")
        task = bar.add_task("weekly runs", total=len(weeks))
        preview = preview_rules(
            database, settings, proposed, first=start, last=end, on_week=lambda _: bar.advance(task)
        )
    result = {
        "first": start,
        "last": end,
        "changes": changes,
        "comes": [_described(spot) for spot in preview.comes],
        "goes": [_described(spot) for spot in preview.goes],
        "stays": len(preview.stays),
        "weeks": [
            {"asOf": week.as_of, "current": week.current, "proposed": week.proposed} for week in preview.weeks
        ],
    }
    if as_json:
        show(result, as_json)
        return
    show({"period": f"{start} to {end}", "stays": len(preview.stays)}, as_json)
    for sign, spots in (("+", preview.comes), ("-", preview.goes)):
        for spot in spots:
            sys.stdout.write(
                f"{sign} {spot.soort:<6} {spot.buurtcode or '-':<10} {spot.lat:.5f} {spot.lon:.5f} "
                f"{spot.most_reports} reports, signalled {spot.week_count} weeks, "
                f"{spot.first_signalled} to {spot.last_signalled}\n"
            )
    sys.stdout.write("week of      now  proposed\n")
    for week in preview.weeks:
        sys.stdout.write(f"{week.as_of}  {week.current:>4}  {week.proposed:>8}\n")


def _run(
    todo: Sequence[Case],
    settings: Settings,
    workers: int | None,
    scheduler: str | None,
    *,
    quiet: bool,
) -> list[Any]:
    with case_workers(workers, scheduler) as executor, progress(quiet=quiet) as bar:
        task = bar.add_task("simulated years", total=len(todo))
        return run_cases(
            todo,
            settings,
            executor=executor,
            on_done=lambda year: bar.update(
                task, advance=1, description=f"simulated years (last: {year.case.shape}, F1 {year.f1:.2f})"
            ),
        )


def _described(spot: PreviewedHotspot) -> dict[str, Any]:
    return {
        "lon": round(spot.lon, 6),
        "lat": round(spot.lat, 6),
        "buurtcode": spot.buurtcode,
        "soort": spot.soort,
        "firstSignalled": spot.first_signalled,
        "lastSignalled": spot.last_signalled,
        "weeks": spot.week_count,
        "mostReports": spot.most_reports,
    }
