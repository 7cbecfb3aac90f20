"""Statistical disclosure control for the public: small counts are suppressed, the others are rounded.

A figure is disclosed only if it counts enough reports by enough reporters, none of whom made most of them.
Disclosed figures, totals too, are rounded independently. Where they would still bound a suppressed figure too
closely, more figures are suppressed (complementary suppression) [1]_. The bounds are those of the strongest
reader: one who knows the areas, the rules, and for each suppressed figure whether it is small.

Two figures of overlapping periods would disclose their difference. Public figures therefore count whole
quarters, and are never recounted (:mod:`hotspots.publishing.public_figures`).

References
----------
.. [1] Hundepool et al. (2012), Statistical Disclosure Control, chapter 4 (tables), doi:10.1002/9781118348239;
   CBS, Handbook on Statistical Disclosure Control, for the threshold and the dominance rule
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from math import inf
from typing import Any

import pandas as pd

from hotspots.model import Soort
from hotspots.tracking.hotspot import Hotspot

THRESHOLD = 5
"""Fewer reports, or fewer known reporters, are never disclosed to the public."""

NOT_DISCLOSED = f"<{THRESHOLD} of afgeschermd"
"""The text in place of a count that is not disclosed."""

ROUND_TO = 5
"""Disclosed figures are multiples of this."""

MAX_REPORTER_SHARE = 0.5
"""Largest share of the reports by one reporter; above it the figure is about that reporter."""

WIDTH_OF_SMALL, WIDTH_OF_OTHER = 3, 5
"""The least distance between the bounds that the other figures put on a suppressed one.

A small figure lies between 0 and 4; bounds three apart leave four of these five possible.
"""

Bounds = tuple[float, float]


class Level(StrEnum):
    """The level of area of a public figure."""

    BUURT = "buurt"
    GEBIED = "gebied"
    GEMEENTE = "gemeente"


def disclosed(count: int) -> int | None:
    """Give a count for readers who may see areas but no small numbers; None if it is too small.

    Examples
    --------
    >>> disclosed(4), disclosed(5)
    (None, 5)
    """
    return count if count >= THRESHOLD else None


def rounded(count: int) -> int:
    """Round to the nearest multiple of 5; not for counts below the threshold.

    Examples
    --------
    >>> [rounded(count) for count in (5, 7, 8, 12, 13)]
    [5, 5, 10, 10, 15]
    """
    return (count + ROUND_TO // 2) // ROUND_TO * ROUND_TO


def behind(figure: int) -> Bounds:
    """Give the smallest and the largest count that a disclosed figure can stand for.

    Examples
    --------
    >>> behind(5), behind(20)
    ((5, 7), (18, 22))
    """
    half = ROUND_TO // 2
    return max(THRESHOLD, figure - half), figure + half


@dataclass
class Node:
    """One figure of the table: of a buurt, a gebied, or the whole municipality."""

    level: Level
    code: str
    count: int  # number of reports
    is_allowed: bool  # enough reporters, none of whom made most of the reports
    parts: list["Node"] = field(default_factory=list)
    is_disclosed: bool = False  # it is in the public table

    @property
    def figure(self) -> int | None:
        """The disclosed figure; None if it is suppressed."""
        return rounded(self.count) if self.is_disclosed else None

    @property
    def own_bounds(self) -> Bounds:
        """The bounds that a reader who knows the rules gets from this figure, or its absence, alone."""
        return behind(rounded(self.count)) if self.is_disclosed else self.absent_bounds

    @property
    def absent_bounds(self) -> Bounds:
        """The bounds when it is suppressed, for the strongest reader, who knows whether it is small."""
        return (0, THRESHOLD - 1) if self.count < THRESHOLD else (THRESHOLD, inf)

    @property
    def is_sensitive(self) -> bool:
        """Whether it must not be disclosed, or be derivable from disclosed figures."""
        return self.count < THRESHOLD or not self.is_allowed

    def is_protected(self, bounds: Bounds, before: Bounds) -> bool:
        """Whether a reader whose bounds went from `before` to `bounds` is left with enough doubt."""
        width = WIDTH_OF_SMALL if self.count < THRESHOLD else WIDTH_OF_OTHER
        return bounds[1] - bounds[0] >= min(width, before[1] - before[0])


def public_table(reports: pd.DataFrame, areas: pd.DataFrame) -> list[Node]:
    """Decide which figures of one period are disclosed.

    Parameters
    ----------
    reports
        ``buurtcode`` (missing: not counted), ``reporter_id`` (NaN: unknown, does not count as a reporter).
    areas
        ``buurtcode`` and ``gebied`` of every buurt, also those without reports.

    Returns
    -------
    list of Node
        The whole, then each gebied with its buurten; suppressed figures included.

    Examples
    --------
    >>> areas = pd.DataFrame({"buurtcode": ["A", "B", "C"], "gebied": ["west", "west", "west"]})
    >>> codes = ["A"] * 12 + ["B"] * 3 + ["C"] * 30
    >>> reports = pd.DataFrame({"buurtcode": codes, "reporter_id": [float(i) for i in range(45)]})
    >>> [(str(node.level), node.code, node.figure) for node in public_table(reports, areas)[1:]]
    [('gebied', 'west', 45), ('buurt', 'A', 10), ('buurt', 'B', None), ('buurt', 'C', 30)]
    """
    located = reports[reports["buurtcode"].isin(areas["buurtcode"])]
    located = located.merge(areas[["buurtcode", "gebied"]], on="buurtcode")
    whole = _node(Level.GEMEENTE, "", located)
    by_buurt = dict(list(located.groupby("buurtcode")))
    by_gebied = dict(list(located.groupby("gebied")))
    none = located.iloc[:0]
    for gebied, buurten in sorted(areas.groupby("gebied")["buurtcode"]):
        node = _node(Level.GEBIED, str(gebied), by_gebied.get(gebied, none))
        node.parts = [
            _node(Level.BUURT, str(code), by_buurt.get(code, none)) for code in sorted(buurten.tolist())
        ]
        whole.parts.append(node)
    suppress_more(whole)
    return _nodes(whole)


def bounds_for_a_reader(whole: Node, *, of_nothing: bool = False) -> dict[tuple[Level, str], Bounds]:
    """Give the tightest bounds that all disclosed figures together put on each figure.

    Adds intervals over the tree, once up and once down, which is exact for whole numbers. With `of_nothing`
    the bounds are what the strongest reader knows before anything is disclosed.
    """
    up: dict[int, Bounds] = {}
    bounds_of: dict[tuple[Level, str], Bounds] = {}

    def climb(node: Node) -> Bounds:
        least, most = node.absent_bounds if of_nothing else node.own_bounds
        if node.parts:
            parts = [climb(part) for part in node.parts]
            least = max(least, sum(part[0] for part in parts))
            most = min(most, sum(part[1] for part in parts))
        up[id(node)] = (least, most)
        return least, most

    def descend(node: Node, bounds: Bounds) -> None:
        bounds_of[node.level, node.code] = bounds
        for part in node.parts:
            others = [up[id(other)] for other in node.parts if other is not part]
            least, most = up[id(part)]
            least = max(least, bounds[0] - sum(other[1] for other in others))
            most = min(most, bounds[1] - sum(other[0] for other in others))
            descend(part, (least, most))

    descend(whole, climb(whole))
    return bounds_of


def is_shareable(hotspot: Hotspot, figure: int | None, *, min_reports: int) -> bool:
    """Whether the public may know that its buurt has a hotspot; never which one, or where in the buurt.

    A dwelling, or a hotspot with few or unknown reporters, is not shared. Any other is shared only if the
    figure of its buurt in the latest public quarter already implies `min_reports`, the least of a hotspot:
    otherwise the hotspot would disclose something about a quarter whose figure is suppressed.
    """
    return (
        hotspot.soort is Soort.GEBIED
        and hotspot.aantal_meldingen >= THRESHOLD
        and (hotspot.aantal_melders or 0) >= THRESHOLD
        and figure is not None
        and behind(figure)[0] >= min_reports
    )


def quarter_of(day: date) -> tuple[date, date]:
    """Give the first and last day of the quarter of a day.

    Examples
    --------
    >>> [str(edge) for edge in quarter_of(date(2023, 11, 26))]
    ['2023-10-01', '2023-12-31']
    """
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def _node(level: Level, code: str, reports: pd.DataFrame) -> Node:
    per_reporter = reports["reporter_id"].value_counts()  # those that are known
    is_allowed = len(per_reporter) >= THRESHOLD and per_reporter.max() <= MAX_REPORTER_SHARE * len(reports)
    node = Node(level, code, len(reports), bool(is_allowed))
    node.is_disclosed = not node.is_sensitive
    return node


def suppress_more(whole: Node) -> None:
    """Suppress more figures until the suppressed ones are safe: the smallest sibling, else the parent."""
    parent_of = {id(part): node for node in _nodes(whole) for part in node.parts}
    before = bounds_for_a_reader(whole, of_nothing=True)
    while True:
        bounds = bounds_for_a_reader(whole)
        exposed = [
            node
            for node in _nodes(whole)
            if node.is_sensitive
            and not node.is_protected(bounds[node.level, node.code], before[node.level, node.code])
        ]
        if not exposed:
            return
        _next_to_leave_out(exposed[-1], parent_of).is_disclosed = False


def _next_to_leave_out(node: Node, parent_of: Mapping[int, Node]) -> Node:
    current = node
    while id(current) in parent_of:
        parent = parent_of[id(current)]
        parts = [part for part in parent.parts if part.is_disclosed]
        if parts:
            return min(parts, key=lambda part: (part.count, part.code))
        if parent.is_disclosed:
            return parent
        current = parent
    # the parts of a suppressed figure can disclose it too
    return min((part for part in _nodes(node) if part.is_disclosed), key=lambda part: (part.count, part.code))


def _nodes(whole: Node) -> list[Node]:
    return [whole, *(node for part in whole.parts for node in _nodes(part))]


def as_rows(table: Sequence[Node]) -> list[dict[str, Any]]:
    """The public table as rows: level, code, figure (None if suppressed)."""
    return [{"level": str(node.level), "code": node.code, "figure": node.figure} for node in table]
