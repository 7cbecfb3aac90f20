"""What is disclosed to the public: no figure that is left out can be worked out from those that are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import inf

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import detection_table, simulate_year
from hotspots.model import Soort
from hotspots.publishing.disclosure import (
    ROUND_TO,
    THRESHOLD,
    Level,
    Node,
    behind,
    bounds_for_a_reader,
    is_shareable,
    public_table,
    quarter_of,
)
from hotspots.publishing.public_figures import add_up
from hotspots.settings import DetectionSettings, shipped
from hotspots.tracking.hotspot import Hotspot

ENDLESS = 10_000
LOOK_BACK = timedelta(weeks=DetectionSettings().look_back_weeks)


@dataclass(frozen=True)
class Told:
    """Some cells of which a reader knows that their sum lies between two numbers."""

    cells: Sequence[int]
    least: float
    most: float


def attack(told: Sequence[Told], wanted: Sequence[int], size: int) -> tuple[float, float]:
    """The least and the most that the sum of some cells can be, for who knows all of this."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    limits: list[float] = []
    for line in told:
        for sign, limit in ((1.0, line.most), (-1.0, -line.least)):
            if np.isfinite(limit):
                rows += [len(limits)] * len(line.cells)
                columns += list(line.cells)
                values += [sign] * len(line.cells)
                limits.append(limit)
    matrix = csr_array((values, (rows, columns)), shape=(len(limits), size))
    aim = np.zeros(size)
    aim[list(wanted)] = 1
    least, most = (
        linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrix
            sign * aim, A_ub=matrix, b_ub=limits, bounds=(0, ENDLESS), method="highs"
        )
        for sign in (1, -1)
    )
    assert least.success
    assert most.success
    return float(least.fun), -float(most.fun)


def reports_of(counts: dict[str, list[int]]) -> pd.DataFrame:
    """Reports by buurt: a list with how many each reporter gave; 0 is one report of nobody known."""
    rows = [
        (code, float(place * 1000 + number) if given_by else np.nan)
        for place, (code, reporters) in enumerate(counts.items())
        for number, given_by in enumerate(reporters)
        for _ in range(given_by or 1)
    ]
    return pd.DataFrame(rows, columns=["buurtcode", "reporter_id"])


def areas_of(gebieden: dict[str, list[str]]) -> pd.DataFrame:
    rows = [(code, gebied) for gebied, codes in gebieden.items() for code in codes]
    return pd.DataFrame(rows, columns=["buurtcode", "gebied"])


def known(node: Node) -> int:
    """The figure of a node that has one."""
    assert node.figure is not None
    return node.figure


def figures(table: Sequence[Node]) -> dict[str, int | None]:
    return {node.code or "all": node.figure for node in table}


COUNTS = st.lists(st.integers(0, 3), max_size=14)
TABLES = st.lists(st.lists(COUNTS, min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=20)
@given(TABLES)
def test_no_table_gives_away_a_figure_that_it_leaves_out(tables: list[list[list[int]]]) -> None:
    gebieden = {
        f"G{number}": [f"G{number}B{part}" for part in range(len(parts))]
        for number, parts in enumerate(tables)
    }
    counts = {
        code: reporters
        for codes, parts in zip(gebieden.values(), tables, strict=True)
        for code, reporters in zip(codes, parts, strict=True)
    }
    table = public_table(reports_of(counts), areas_of(gebieden))
    cells = {node.code: number for number, node in enumerate(n for n in table if n.level is Level.BUURT)}

    def inside(node: Node) -> list[int]:
        return [cells[node.code]] if node.code in cells else [c for part in node.parts for c in inside(part)]

    told = [Told(inside(node), *node.own_bounds) for node in table]
    expected, before = bounds_for_a_reader(table[0]), bounds_for_a_reader(table[0], of_nothing=True)
    for node in table:
        assert node.figure is None or (node.count >= THRESHOLD and node.figure % ROUND_TO == 0)
        if node.is_sensitive:
            bounds = attack(told, inside(node), len(cells))
            assert bounds[0] <= node.count <= bounds[1]
            assert node.is_protected(bounds, before[node.level, node.code]), (node, bounds)
            least, most = expected[node.level, node.code]
            assert least == pytest.approx(bounds[0])
            assert most == pytest.approx(bounds[1]) or min(most, bounds[1]) > ENDLESS - 1000


def test_a_small_buurt_is_left_out_and_what_would_give_it_away_too() -> None:
    areas = areas_of({"west": ["A", "B"], "oost": ["C", "D"]})
    one_each = {"A": [1] * 20, "B": [1] * 2, "C": [1] * 9, "D": [1] * 14}
    assert figures(public_table(reports_of(one_each), areas)) == {
        "all": 45,
        "west": 20,
        "A": 20,
        "B": None,
        "oost": 25,
        "C": 10,
        "D": 15,
    }
    # 23 and 3: 25 less 25 says nothing; but 22 and 4 (25 less 20) would say that B has at least 1 …
    with_four = one_each | {"A": [1] * 22, "B": [1] * 4}
    assert figures(public_table(reports_of(with_four), areas))["A"] == 20
    # … and where three small ones would be pinned to their most, another is left out
    areas = areas_of({"west": ["A", "B", "C"]})
    pinned = public_table(reports_of({"A": [1] * 13, "B": [1] * 4, "C": [1] * 20}), areas)
    least, most = bounds_for_a_reader(pinned[0])[Level.BUURT, "B"]
    assert most - least >= 3


@pytest.mark.parametrize(
    ("reporters", "why"),
    [
        pytest.param([1] * 4, "too few reports", id="four reports"),
        pytest.param([12, 1, 1, 1], "too few reporters", id="four reporters"),
        pytest.param([12, 1, 1, 1, 1, 1], "one gives most", id="one reporter gives most"),
        pytest.param([0] * 20, "nobody known", id="reporters unknown"),
    ],
)
def test_a_place_of_few_reports_or_reporters_is_never_told(reporters: list[int], why: str) -> None:
    reports = reports_of({"A": reporters, "B": [1] * 30, "C": [1] * 25})
    table = public_table(reports, areas_of({"west": ["A", "B", "C"]}))
    assert figures(table)["A"] is None, why


FEW = [5, 1]
"""Six reports by two reporters."""


@pytest.mark.parametrize(
    ("areas", "counts", "expected"),
    [
        pytest.param(
            {"west": ["A", "B"]},
            {"A": [1] * 20, "B": FEW},
            {"all": 25, "west": 25, "A": None, "B": None},
            id="B would lie between 5 and 9",
        ),
        pytest.param(
            {"west": ["B"], "oost": ["A"], "noord": ["C"]},
            {"A": [1] * 20, "B": FEW, "C": [1] * 20},
            {"all": 45, "noord": 20, "C": 20, "oost": 20, "A": 20, "west": None, "B": None},
            id="B lies between 5 and 11",
        ),
        pytest.param(
            {"west": ["A", "B"], "oost": ["C", "D"]},
            {"A": [1] * 20, "B": FEW, "C": [1] * 20, "D": [1] * 30},
            {"all": 75, "oost": 50, "C": 20, "D": 30, "west": 25, "A": None, "B": None},
            id="what is left out with B lies beside it",
        ),
        pytest.param(
            {"west": ["A", "D", "S", "T", "U", "V"]},
            {"A": [1] * 17, "D": [1] * 17, **{code: [1] * 4 for code in "STUV"}},
            {"all": 50, "west": 50, "A": None, "D": 15, "S": None, "T": None, "U": None, "V": None},
            id="of two as small the first goes",
        ),
        pytest.param(
            {"west": ["A", "D", "S", "T", "U", "V"]},
            {"A": [1] * 22, "D": [1] * 17, **{code: [1] * 4 for code in "STUV"}},
            {"all": 55, "west": 55, "A": 20, "D": None, "S": None, "T": None, "U": None, "V": None},
            id="the smallest goes",
        ),
        pytest.param(
            {"west": list("STUVWXY")},
            {code: [1] * 4 for code in "STUVWXY"},
            {"all": None, "west": None, **dict.fromkeys("STUVWXY")},
            id="where none is left beside them the whole goes",
        ),
        pytest.param(
            {"west": list("STUVWXY"), "oost": ["E"]},
            {"E": [1] * 40, **{code: [1] * 4 for code in "STUVWXY"}},
            {"all": None, "oost": None, "E": 40, "west": None, **dict.fromkeys("STUVWXY")},
            id="and what lies beside the whole",
        ),
    ],
)
def test_what_else_is_left_out(
    areas: dict[str, list[str]], counts: dict[str, list[int]], expected: dict[str, int | None]
) -> None:
    assert figures(public_table(reports_of(counts), areas_of(areas))) == expected


@pytest.mark.parametrize(
    ("reporters", "is_allowed"),
    [
        ([1] * 5, True),
        ([5, 1, 1, 1, 1, 1], True),
        ([2, 2, 2, 2], False),
        ([5, 1, 1, 1, 1], False),
        ([1] * 4 + [0], False),
        ([4, 1, 1, 1, 1], True),
        ([5, 1, 1, 1, 1, 0], True),
    ],
    ids=[
        "five reporters",
        "one gave half",
        "four reporters",
        "one gave more than half",
        "of five one is unknown",
        "one gave half of eight",
        "one gave half, counting the unknown",
    ],
)
def test_a_figure_needs_five_reporters_none_of_whom_gave_most(reporters: list[int], is_allowed: bool) -> None:
    table = public_table(reports_of({"A": reporters}), areas_of({"west": ["A"]}))
    assert [node.is_allowed for node in table] == [is_allowed] * 3
    assert figures(table)["A"] == (5 * round(sum(r or 1 for r in reporters) / 5) if is_allowed else None)


def test_a_figure_and_its_absence_each_tell_something() -> None:
    small, other, shown = (
        Node(Level.BUURT, "A", count, is_allowed=is_allowed)
        for count, is_allowed in ((4, True), (5, False), (5, True))
    )
    assert [node.is_sensitive for node in (small, other, shown)] == [True, True, False]
    assert [node.absent_bounds for node in (small, other, shown)] == [(0, 4), (5, inf), (5, inf)]
    assert [node.own_bounds for node in (small, other, shown)] == [(0, 4), (5, inf), (5, inf)]
    shown.is_disclosed = True
    assert (shown.figure, shown.own_bounds, shown.absent_bounds) == (5, (5, 7), (5, inf))
    assert small.figure is None


@pytest.mark.parametrize(
    ("count", "bounds", "before", "expected"),
    [
        (4, (0, 3), (0, 4), True),
        (4, (1, 3), (0, 4), False),
        (4, (1, 3), (1, 3), True),
        (4, (2, 3), (1, 3), False),
        (5, (5, 10), (5, inf), True),
        (5, (5, 9), (5, inf), False),
        (5, (5, 9), (5, 9), True),
        (5, (6, 9), (5, 9), False),
    ],
)
def test_how_much_doubt_is_enough(
    count: int, bounds: tuple[int, int], before: tuple[int, int], expected: bool
) -> None:
    assert Node(Level.BUURT, "A", count, is_allowed=False).is_protected(bounds, before) is expected


def test_bounds_come_from_above_beside_and_below() -> None:
    areas = areas_of({"west": ["A", "B"], "oost": ["C"]})
    table = public_table(reports_of({"A": [1] * 20, "B": FEW, "C": [1] * 2}), areas)
    assert figures(table) == {"all": 30, "oost": None, "C": None, "west": 25, "A": None, "B": None}
    told, nothing = bounds_for_a_reader(table[0]), bounds_for_a_reader(table[0], of_nothing=True)
    assert told == {
        (Level.GEMEENTE, ""): (28, 31),
        (Level.GEBIED, "west"): (24, 27),
        (Level.GEBIED, "oost"): (1, 4),
        (Level.BUURT, "A"): (5, 22),
        (Level.BUURT, "B"): (5, 22),
        (Level.BUURT, "C"): (1, 4),
    }
    assert nothing == {
        (Level.GEMEENTE, ""): (10, inf),
        (Level.GEBIED, "west"): (10, inf),
        (Level.GEBIED, "oost"): (0, 4),
        (Level.BUURT, "A"): (5, inf),
        (Level.BUURT, "B"): (5, inf),
        (Level.BUURT, "C"): (0, 4),
    }


def test_reports_outside_the_areas_count_nowhere() -> None:
    reports = reports_of({"A": [1] * 10, "elsewhere": [1] * 50})
    table = public_table(reports, areas_of({"west": ["A", "Z"], "zuid": ["Y"]}))
    counts = {node.code or "all": node.count for node in table}
    assert counts == {"all": 10, "west": 10, "A": 10, "Z": 0, "zuid": 0, "Y": 0}


@pytest.mark.parametrize(
    ("changes", "figure", "expected"),
    [
        ({}, 10, True),
        ({"soort": Soort.WONING}, 10, False),
        ({"aantal_melders": 4}, 10, False),
        ({"aantal_melders": None}, 10, False),
        ({}, None, False),
        ({}, 5, False),
        ({"aantal_melders": 5, "aantal_meldingen": 5}, 10, True),
        ({"aantal_meldingen": 4}, 10, False),
    ],
    ids=[
        *("shared", "a dwelling", "few reporters", "unknown", "figure left out", "figure too low"),
        *("just enough", "few reports"),
    ],
)
def test_only_a_place_that_points_at_nobody_is_shared(
    changes: dict[str, object], figure: int | None, expected: bool
) -> None:
    place = Hotspot.model_construct(soort=Soort.GEBIED, aantal_meldingen=12, aantal_melders=6)
    assert is_shareable(place.model_copy(update=changes), figure, min_reports=8) is expected


def test_a_quarter_begins_and_ends_with_its_months() -> None:
    lasts = {1: date(2024, 3, 31), 4: date(2024, 6, 30), 7: date(2024, 9, 30), 10: date(2024, 12, 31)}
    for month in range(1, 13):
        first = (month - 1) // 3 * 3 + 1
        assert quarter_of(date(2024, month, 15)) == (date(2024, first, 1), lasts[first])


def test_over_all_areas_and_weeks_of_a_year_nothing_told_gives_away_what_is_left_out() -> None:
    """A reader keeps all quarters and which buurten had a hotspot each week, and reckons with the rules."""
    rng = np.random.default_rng(23)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    year = simulate_year(city, year=2023, rng=rng)
    reports = detection_table(year)
    days = reports["moment"].dt.tz_convert("Europe/Amsterdam").dt.date
    areas = city.areas.assign(gebied=city.areas["wijknaam"])
    buurten = sorted(areas["buurtcode"])
    quarters = [quarter_of(date(2023, month, 1)) for month in (1, 4, 7, 10)]
    tables = [public_table(reports[(days >= first) & (days <= last)], areas) for first, last in quarters]
    sundays = [date(2023, 1, 1) + timedelta(weeks=week) for week in range(53)]
    edges = sorted(
        {date(2022, 1, 1), *(first for first, _ in quarters), *(day + timedelta(days=1) for day in sundays)}
        | {day + timedelta(days=1) - LOOK_BACK for day in sundays}
    )
    pieces = list(pairwise([*edges, date(2024, 1, 8)]))

    def cells(codes: Sequence[str], first: date, last: date) -> list[int]:
        inside = [n for n, (start, end) in enumerate(pieces) if start >= first and end <= last + timedelta(1)]
        return [buurten.index(code) * len(pieces) + number for code in codes for number in inside]

    def codes_of(node: Node) -> list[str]:
        return (
            [node.code] if node.level is Level.BUURT else [c for part in node.parts for c in codes_of(part)]
        )

    told = [
        Told(cells(codes_of(node), first, last), *node.own_bounds)
        for (first, last), table in zip(quarters, tables, strict=True)
        for node in table
    ]
    shown = 0
    # the public year adds nothing: a reader of its sums knows what the quarters said
    of_year = 0
    for nodes in zip(*tables, strict=True):
        summed = add_up([node.figure for node in nodes])
        assert summed == (None if any(node.figure is None for node in nodes) else sum(map(known, nodes)))
        if summed is not None:
            least, most = (sum(bound) for bound in zip(*(node.own_bounds for node in nodes), strict=True))
            assert least <= summed <= most
            told.append(Told(cells(codes_of(nodes[0]), quarters[0][0], quarters[-1][1]), least, most))
            of_year += 1
    assert of_year > 10
    for day in sundays:
        public = [n for n, (_, last) in enumerate(quarters) if last + timedelta(days=14) <= day]
        latest = {node.code: node.figure for node in tables[public[-1]]} if public else {}
        in_window = reports["buurtcode"][(days <= day) & (days > day - LOOK_BACK)].value_counts()
        for code in buurten:  # wherever a hotspot could be, the reader is told that there is one
            figure = latest.get(code)
            if figure is not None and behind(figure)[0] >= 8 and in_window.get(code, 0) >= 8:
                window = cells([code], day + timedelta(days=1) - LOOK_BACK, day)
                told.append(Told(window, 8, float("inf")))
                shown += 1
    size, checked = len(buurten) * len(pieces), 0
    sensitive = [
        (quarter, node)
        for quarter, table in zip(quarters, tables, strict=True)
        for node in table
        if node.is_sensitive
    ]
    # each attack reckons with all that is told; on every third figure, or it would take three times as long
    for (first, last), node in sensitive[::3]:
        bounds = attack(told, cells(codes_of(node), first, last), size)
        assert bounds[0] <= node.count <= bounds[1]
        width = bounds[1] - bounds[0]
        assert width >= 3, (first, node.level, node.code, node.count, bounds)
        checked += 1
    assert checked > 13
    assert shown > 100
