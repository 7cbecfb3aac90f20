"""What is found in how it goes: each finding where it should be, and nowhere else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr

from hotspots.intake.plausible_times import ALL_AT_MIDNIGHT
from hotspots.operations.health import HealthReport
from hotspots.operations.health_checks import Weight, check_health
from hotspots.operations.health_figures import (
    AreaFigures,
    Delivery,
    HealthFigures,
    ImportFigures,
    JobFigures,
    JobRun,
    RunFigures,
)
from hotspots.operations.timetable import expected_as_of
from hotspots.settings import Settings, SignalenSettings

NOW = datetime(2024, 3, 6, 9, tzinfo=UTC)  # a Wednesday
SUNDAY = date(2024, 3, 3)
MONDAY_RUN = datetime(2024, 3, 4, 5, 30, tzinfo=UTC)


def run(as_of: date = SUNDAY, signalled: int = 16) -> RunFigures:
    return RunFigures(as_of, MONDAY_RUN, MONDAY_RUN + timedelta(seconds=2), "0.1.0", 1000, 980, signalled)


def imported(rejected: int = 2, read: int = 100, lost: int = 0) -> ImportFigures:
    at = MONDAY_RUN - timedelta(hours=1)
    new = read - rejected - lost
    return ImportFigures(1, "melddesk", "week.csv", at, at, read, new, 0, 0, 0, rejected, new)


def delivered(files: int = 2, refused: int = 0) -> JobRun:
    counts = {"files": files, "refusedFiles": refused}
    return JobRun("inbox", MONDAY_RUN, MONDAY_RUN, "done", counts, None)


def job_run(ago: timedelta, outcome: str | None = "done", message: str | None = None) -> JobRun:
    started = NOW - ago
    ended = None if outcome is None else started + timedelta(minutes=1)
    return JobRun("inbox", started, ended, outcome, {"files": 0}, message)


def job(name: str = "inbox", planned_ago: timedelta = timedelta(minutes=10)) -> JobFigures:
    return JobFigures(name, (job_run(planned_ago),), NOW - planned_ago, NOW - planned_ago)


WEEKLY = job("weekly", NOW - MONDAY_RUN)

FINE = HealthFigures(
    at=NOW,
    last_run=run(),
    earlier_runs=tuple(run(SUNDAY - timedelta(weeks=week)) for week in range(1, 9)),
    week_counts=(40, 38, 42, 41, 39, 40, 44, 36, 40),
    report_count=5000,
    newest_report=datetime(2024, 3, 3, 22, tzinfo=UTC),
    unlocated_count=20,
    screened_count=1000,
    imports=(imported(),),
    deliveries=(Delivery(imported()),),
    last_delivery=delivered(),
    import_totals={"files": 1},
    jobs=(job(), WEEKLY),
    job_outcomes={},
    areas=AreaFigures(44, 0, 120_000),
    address_count=60_000,
    hotspot_counts={"kandidaat": 4},
    database_kind="SQLite",
    database_bytes=9_000_000,
    free_bytes=80_000_000_000,
    schema="0002",
    last_work=NOW - timedelta(days=34),
)


def codes(figures: HealthFigures, *, simulated: bool = False) -> list[str]:
    return [finding.code for finding in check_health(replace(figures, is_simulated=simulated), Settings())]


def test_nothing_is_found_when_all_is_well() -> None:
    assert codes(FINE) == []


@pytest.mark.parametrize(
    ("change", "expected", "weight"),
    [
        pytest.param(
            {"last_run": run(SUNDAY - timedelta(weeks=3))}, "run_late", Weight.ACTION, id="three weeks late"
        ),
        pytest.param(
            {"last_work": NOW - timedelta(days=36)}, "clock_doubted", Weight.ACTION, id="a clock ahead"
        ),
        pytest.param(
            {"last_work": NOW + timedelta(days=36)}, "clock_doubted", Weight.ACTION, id="a clock behind"
        ),
        pytest.param({"dead_letters": 2}, "dead_letters", Weight.WARNING, id="events that nobody took"),
        pytest.param(
            {"silent_subscribers": ("esb",)}, "subscriber_silent", Weight.ACTION, id="a system that is away"
        ),
        pytest.param({"last_run": None}, "no_run", Weight.ACTION, id="reports, never a run"),
        pytest.param({"areas": AreaFigures(0, 0, None)}, "no_areas", Weight.ACTION, id="no areas"),
        pytest.param(
            {"areas": AreaFigures(44, 44, 1.0)}, "approximate_areas", Weight.WARNING, id="approximate areas"
        ),
        pytest.param({"lost_tiles": "x.mbtiles"}, "no_tiles", Weight.WARNING, id="tiles that are gone"),
        pytest.param({"address_count": 0}, "no_addresses", Weight.WARNING, id="no register"),
        pytest.param(
            {"newest_report": NOW - timedelta(days=10)},
            "no_new_reports",
            Weight.ACTION,
            id="delivery stopped",
        ),
        pytest.param(
            {"week_counts": (19, *FINE.week_counts[1:])}, "few_reports", Weight.ACTION, id="half a delivery"
        ),
        pytest.param(
            {"week_counts": (81, *FINE.week_counts[1:])},
            "many_reports",
            Weight.WARNING,
            id="a double delivery",
        ),
        pytest.param(
            {"last_run": run(signalled=40)}, "odd_signalled", Weight.WARNING, id="many more signalled"
        ),
        pytest.param(
            {"unlocated_count": 101}, "many_unlocated", Weight.WARNING, id="a tenth without a place"
        ),
        pytest.param({"free_bytes": 10_000_000}, "little_space", Weight.ACTION, id="disk nearly full"),
        pytest.param(
            {"deliveries": (Delivery(imported(rejected=6)),)},
            "many_rejected",
            Weight.WARNING,
            id="6 of 100 refused",
        ),
        pytest.param(
            {"deliveries": (Delivery(imported(rejected=60)),)},
            "many_rejected",
            Weight.ACTION,
            id="most refused",
        ),
        pytest.param(
            {"deliveries": (Delivery(imported(lost=1)),)},
            "rows_lost",
            Weight.ACTION,
            id="counts that don't add up",
        ),
        pytest.param(
            {"last_delivery": delivered(refused=1)}, "refused_files", Weight.ACTION, id="a whole file refused"
        ),
        pytest.param({"jobs": ()}, "no_jobs", Weight.NOTE, id="no scheduler ever"),
        pytest.param(
            {"jobs": (JobFigures("inbox", (job_run(timedelta(minutes=5), "failed", "disk full"),)),)},
            "job_failed",
            Weight.ACTION,
            id="job failed",
        ),
        pytest.param(
            {"jobs": (JobFigures("inbox", (job_run(timedelta(hours=7), None),)),)},
            "job_died",
            Weight.ACTION,
            id="job died",
        ),
        pytest.param(
            {"jobs": (job(planned_ago=timedelta(minutes=130)), WEEKLY)},
            "job_late",
            Weight.ACTION,
            id="one job late",
        ),
        pytest.param(
            {"jobs": (job(planned_ago=timedelta(hours=3)), job("weekly", timedelta(days=9)))},
            "scheduler_silent",
            Weight.ACTION,
            id="all jobs late",
        ),
    ],
)
def test_one_thing_that_is_wrong_is_found_and_nothing_else(
    change: dict[str, object], expected: str, weight: Weight
) -> None:
    (finding,) = check_health(replace(FINE, **change), Settings())  # type: ignore[arg-type]
    assert (finding.code, finding.weight) == (expected, weight)
    assert finding.problem.endswith(".")
    assert finding.action.endswith(".")


def test_a_job_is_in_time_until_the_minutes_of_the_settings_are_over() -> None:
    assert codes(replace(FINE, jobs=(job(planned_ago=timedelta(minutes=120)), WEEKLY))) == []


@pytest.mark.parametrize("name", ["signalen", "a job of an earlier version"])
def test_a_job_that_is_off_or_gone_is_not_late(name: str) -> None:
    old = job(name, timedelta(weeks=3))
    assert codes(replace(FINE, jobs=(job(), WEEKLY, old))) == []
    on = Settings(signalen=SignalenSettings(url="https://signalen.example", token=SecretStr("x")))
    found = check_health(replace(FINE, jobs=(job(), WEEKLY, old)), on)
    assert [finding.code for finding in found] == ["job_late"] * (name == "signalen")


@pytest.mark.parametrize("outcome", ["failed", "died"])
@pytest.mark.parametrize("name", ["signalen", "a job of an earlier version"])
def test_a_job_that_went_wrong_before_it_was_turned_off_needs_nothing(name: str, outcome: str) -> None:
    off = JobFigures(name, (job_run(timedelta(weeks=3), outcome),))
    assert codes(replace(FINE, jobs=(job(), WEEKLY, off))) == []


MONDAY = MONDAY_RUN + timedelta(weeks=1, minutes=5)
"""When last week's run is not late yet."""


@pytest.mark.parametrize(
    ("outcome", "as_of", "is_fine"),
    [
        (None, SUNDAY, True),
        ("done", SUNDAY, True),
        ("failed", SUNDAY, False),
        ("died", SUNDAY, False),
        ("failed", SUNDAY + timedelta(weeks=1), True),
    ],
    ids=["it runs", "it was done", "it failed", "it died", "it failed, and the run was done by hand"],
)
def test_a_weekly_run_that_goes_wrong_is_not_fine_also_before_it_is_late(
    outcome: str | None, as_of: date, is_fine: bool
) -> None:
    begun = replace(job_run(timedelta(), outcome), started_at=MONDAY - timedelta(minutes=4))
    weekly = JobFigures("weekly", (begun,), MONDAY_RUN, MONDAY_RUN)
    figures = replace(FINE, at=MONDAY, last_run=run(as_of), jobs=(weekly,), newest_report=MONDAY)
    expected = expected_as_of(Settings(), MONDAY)
    assert HealthReport(figures, check_health(figures, Settings()), expected).is_run_fine == is_fine


def test_a_job_that_was_only_done_by_hand_is_not_late() -> None:
    by_hand = JobFigures("backup", (job_run(timedelta(weeks=3)),), NOW - timedelta(weeks=3), None)
    assert codes(replace(FINE, jobs=(job(), WEEKLY, by_hand))) == []


def test_a_job_that_runs_now_is_not_dead() -> None:
    running = JobFigures("inbox", (job_run(timedelta(minutes=9), None),))
    assert codes(replace(FINE, jobs=(running,))) == []


def test_what_weighs_most_comes_first() -> None:
    wrong = replace(FINE, address_count=0, jobs=(), last_run=None)
    assert codes(wrong) == ["no_run", "no_addresses", "no_jobs"]


def test_below_a_few_reports_a_week_half_of_them_says_nothing() -> None:
    few = Settings().health.min_usual - 1
    assert codes(replace(FINE, week_counts=(0, *[few] * 8))) == []


def test_without_a_delivery_nothing_was_refused() -> None:
    assert codes(replace(FINE, last_delivery=None)) == []


def test_five_refused_rows_are_no_finding_whatever_their_share() -> None:
    assert codes(replace(FINE, deliveries=(Delivery(imported(rejected=5, read=8)),))) == []


def test_simulated_data_are_never_late() -> None:
    old = replace(
        FINE, last_run=run(SUNDAY - timedelta(weeks=99)), newest_report=NOW - timedelta(weeks=99), jobs=()
    )
    assert codes(old, simulated=True) == []


def test_a_small_delivery_does_not_hide_what_was_wrong_with_a_much_larger_one_before_it() -> None:
    large = replace(imported(read=1000), id=1, told={"notes": {ALL_AT_MIDNIGHT: 1}})
    small, as_large = replace(imported(read=20), id=2), replace(imported(read=900), id=2)

    def told(*latest_first: ImportFigures) -> list[str]:
        return codes(replace(FINE, deliveries=(Delivery(latest_first[0], latest_first[1:]),)))

    assert told(large) == told(small, large) == ["hours_lost"]
    assert told(as_large, large) == told(small, as_large, large) == []
    assert told(replace(small, told=large.told), large) == ["hours_lost"]


def test_a_request_of_somebody_is_told_when_its_term_is_nearly_over_and_weighs_more_when_it_is(
    settings: Settings,
) -> None:
    days = (-1, 0, 7, 8)
    figures = replace(FINE, request_terms=tuple(NOW.date() + timedelta(days=each) for each in days))
    found = {finding.code: finding for finding in check_health(figures, settings)}
    assert set(found) == {"requests_late", "requests_soon"}
    assert found["requests_late"].weight is Weight.ACTION
    assert "2 verzoeken" in found["requests_soon"].problem
