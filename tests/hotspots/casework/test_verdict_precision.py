"""What verdicts teach: how often the rules were right, and when a place that was judged comes back."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.casework.verdict_precision import (
    JudgedPlace,
    Strength,
    judge_reopening,
    judge_return,
    precision_of,
)
from hotspots.model import Status
from hotspots.settings import DetectionSettings, Settings

DAY = date(2024, 3, 4)
JUDGED = Strength(report_count=10, day_count=8, reporter_count=4, indicatie="leefbaarheid")


@pytest.mark.parametrize(
    ("changes", "is_back"),
    [
        pytest.param({}, False, id="the same as at the verdict"),
        pytest.param({"report_count": 14, "day_count": 11}, False, id="a bit more"),
        pytest.param({"report_count": 15, "day_count": 12}, True, id="half as much again"),
        pytest.param({"report_count": 40}, False, id="one burst on the same days"),
        pytest.param({"day_count": 20}, False, id="the same reports spread over more days"),
        pytest.param({"report_count": 11, "reporter_count": 6}, True, id="many more people report"),
        pytest.param({"reporter_count": 6}, False, id="other people with as many reports"),
        pytest.param({"reporter_count": None}, False, id="reporters became unknown"),
        pytest.param({"report_count": 11, "indicatie": "veiligheid"}, True, id="now a safety question"),
        pytest.param({"indicatie": "veiligheid"}, False, id="other words for the same reports"),
        pytest.param({"report_count": 11, "indicatie": "onbepaald"}, False, id="no longer clear"),
    ],
)
def test_a_judged_place_returns_on_much_stronger_evidence_only(
    changes: dict[str, Any], is_back: bool
) -> None:
    assert judge_return(JUDGED, replace(JUDGED, **changes), judged_on=DAY, factor=1.5).is_back is is_back


def test_a_return_says_what_is_stronger_and_a_refusal_what_is_not() -> None:
    stronger = replace(JUDGED, report_count=16, day_count=12, reporter_count=8, indicatie="veiligheid")
    assert judge_return(JUDGED, stronger, judged_on=DAY, factor=1.5).reason == (
        "Op 4 maart 2024 beoordeeld als geen hotspot, maar sterker dan toen: 16 meldingen op 12 dagen "
        "(toen 10 op 8); 8 melders (toen 4); de meldingen wijzen nu op veiligheid."
    )
    assert judge_return(JUDGED, JUDGED, judged_on=DAY, factor=1.5).reason == (
        "Op 4 maart 2024 beoordeeld als geen hotspot; 10 meldingen op 8 dagen is niet duidelijk meer dan "
        "toen (10 op 8)."
    )


counts = st.integers(min_value=1, max_value=60)
strengths = st.builds(
    Strength,
    report_count=counts,
    day_count=counts,
    reporter_count=st.none() | counts,
    indicatie=st.sampled_from(["veiligheid", "leefbaarheid", "onbepaald"]),
)


@given(strengths, strengths, st.floats(1.1, 4))
def test_one_more_report_never_sends_a_place_away(judged: Strength, now: Strength, factor: float) -> None:
    before = judge_return(judged, now, judged_on=DAY, factor=factor)
    more = replace(now, report_count=now.report_count + 1, day_count=now.day_count + 1)
    after = judge_return(judged, more, judged_on=DAY, factor=factor)
    assert after.is_back or not before.is_back


@pytest.mark.parametrize(("reports", "days", "is_back"), [(8, 6, True), (7, 6, False), (30, 5, False)])
def test_a_closed_hotspot_returns_when_what_came_since_is_repeated_by_itself(
    reports: int, days: int, is_back: bool
) -> None:
    answer = judge_reopening(reports, days, closed_on=DAY, settings=DetectionSettings())
    assert answer.is_back is is_back
    again = "weer " if is_back else ""
    assert answer.reason == f"Gesloten op 4 maart 2024; sindsdien {again}{reports} meldingen op {days} dagen."


def judged(verdict: Status, **figures: Any) -> JudgedPlace:
    return JudgedPlace(verdict, figures)


def test_precision_is_given_per_rule_buurt_season_source_and_soort() -> None:
    yes = judged(
        Status.VEILIGHEID,
        reports=30,
        days=20,
        weeks=12,
        durationDays=150,
        reporters=None,
        buurtcode="BU1",
        months=[6, 7, 7],
        sources=["melddesk"],
        soort="gebied",
    )
    no = judged(
        Status.GEEN_HOTSPOT,
        reports=9,
        days=20,
        weeks=12,
        durationDays=150,
        reporters=3,
        buurtcode="BU2",
        months=[12, 1, 6],
        sources=["melddesk", "signalen"],
        soort="gebied",
    )
    table = precision_of([yes, no], Settings())
    found = {(row.subject, row.value): (row.judged, row.confirmed) for row in table.itertuples(index=False)}
    assert found == {
        ("alles", "alles"): (2, 1),
        ("regel", "aantal meldingen: krap"): (1, 0),
        ("regel", "aantal meldingen: ruim"): (1, 1),
        ("regel", "aantal dagen: ruim"): (2, 1),
        ("regel", "aantal weken: ruim"): (2, 1),
        ("regel", "duur: ruim"): (2, 1),
        ("regel", "aantal melders: krap"): (1, 0),
        ("buurt", "BU1"): (1, 1),
        ("buurt", "BU2"): (1, 0),
        ("seizoen", "winter"): (1, 0),
        ("seizoen", "zomer"): (1, 1),
        ("bron", "melddesk"): (2, 1),
        ("bron", "signalen"): (1, 0),
        ("soort", "gebied"): (2, 1),
    }
    first = table.iloc[0]
    assert first["precision"] == 0.5
    assert (round(first["low"], 4), round(first["high"], 4)) == (0.0126, 0.9874)


def test_without_verdicts_nothing_is_known() -> None:
    table = precision_of([], Settings())
    assert len(table) == 0
    assert list(table.columns) == ["subject", "value", "judged", "confirmed", "precision", "low", "high"]


def test_a_verdict_without_figures_counts_in_all_only() -> None:
    table = precision_of([judged(Status.LEEFBAARHEID)], Settings())
    assert table[["subject", "judged", "confirmed"]].to_numpy().tolist() == [["alles", 1, 1]]
