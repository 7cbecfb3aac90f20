"""Years beside each other, with the change of the last as a safety plan prints it."""

import pandas as pd
import pytest

from hotspots.errors import StatisticError
from hotspots.statistics.years_in_columns import years_in_columns


def figures(**values: list[float | None]) -> pd.DataFrame:
    """Figures of 2022 and 2023 by category."""
    rows = [
        {"source": "politie", "category": name, "unit": "aantal", "area": "", "year": year, "value": value}
        for name, both in values.items()
        for year, value in zip((2022, 2023), both, strict=True)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("before", "last", "change"),
    [
        (250, 290, "↑ 16 %"),
        (75, 63, "↓ 16 %"),
        (200, 225, "↑ 13 %"),
        (40, 40, "= 0 %"),
        (0, 4, ""),
        (None, 4, ""),
        (4, None, ""),
        (4, 0, "↓ 100 %"),
    ],
    ids=["up", "down", "half is up", "same", "from none", "blank before", "blank now", "to none"],
)
def test_the_last_year_is_compared_with_the_one_before(
    before: float | None, last: float | None, change: str
) -> None:
    table = years_in_columns(figures(overlast=[before, last]), years=[2022, 2023])
    assert table["change"].tolist() == [change]


def test_shares_change_by_percentage_points() -> None:
    table = years_in_columns(figures(onveilig=[0.342, 0.371]).assign(unit="aandeel"), years=[2022, 2023])
    assert table["change"].tolist() == ["↑ 3 procentpunt"]


def test_years_without_a_figure_are_blank_columns() -> None:
    table = years_in_columns(figures(overlast=[1, 2]), years=[2021, 2022, 2023, 2024])
    assert table[[2021, 2022, 2023, 2024]].notna().to_numpy().tolist() == [[False, True, True, False]]
    assert table["change"].tolist() == [""]


def test_a_figure_that_stands_twice_is_refused() -> None:
    twice = pd.concat([figures(overlast=[1, 2])] * 2)
    with pytest.raises(StatisticError, match="'overlast' of 2022 twice"):
        years_in_columns(twice, years=[2022, 2023])
