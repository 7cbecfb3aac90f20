"""Two years of reports in Maastricht, small enough to count again: for figures of a year."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, insert

from hotspots.geography.cells import cells_of
from hotspots.publishing.public_figures import publish_figures
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.report_tables import imports, report_locations, reporters, reports

SETTLED = [date(year, month, 20) for year in (2022, 2023) for month in (4, 7, 10)] + [date(2023, 1, 20)]
STREETS = ("Bakkerstraat", "Lange Laan", "Kerkplein")


def write_two_years(connection: Connection, settings: Settings, *, count: int = 1500) -> pd.DataFrame:
    """Write reports from 1 January 2022 to 30 November 2023, and publish the quarters as they end.

    A few buurten have most, most have a handful, some none; one in thirty has no buurt, one in ten no hour.

    Returns
    -------
    DataFrame
        What was written: ``moment`` (UTC), ``category``, ``buurtcode`` (None: unknown), ``has_hour``,
        ``street`` (None: unknown), ``reporter`` and ``gebied``.
    """
    random = np.random.default_rng(3)
    areas = load_areas(connection, settings.areas.gebieden)
    weights = 1 / np.arange(1, len(areas) + 1) ** 1.3
    place = random.choice(len(areas), count, p=weights / weights.sum())
    start = datetime(2022, 1, 1, tzinfo=UTC)
    span = (datetime(2023, 11, 30, 20, tzinfo=UTC) - start) / timedelta(seconds=1)
    seconds = np.sort(np.append(random.uniform(0, span, count - 1), span)).astype(int)
    table = pd.DataFrame(
        {
            "moment": [start + timedelta(seconds=int(second)) for second in seconds],
            "category": np.where(random.random(count) < 0.6, "personen", "drugs"),
            "buurtcode": areas["buurtcode"].to_numpy()[place],
            "has_hour": random.random(count) > 0.1,
            "street": np.array([*STREETS, None], dtype=object)[
                random.choice(4, count, p=[0.3, 0.2, 0.1, 0.4])
            ],
            "reporter": random.integers(0, 400, count),
            "gebied": areas["gebied"].to_numpy()[place],
            "x": random.zipf(1.6, count) % 40,
        }
    )
    is_lost = random.random(count) < 1 / 30
    table.loc[is_lost, ["buurtcode", "gebied"]] = None
    lon = 5.66 + 0.002 * table["x"]
    cells = cells_of(lon, np.full(count, 50.85), resolution=settings.cells.resolution)
    moment = datetime(2022, 1, 1, tzinfo=UTC)
    import_id = connection.execute(
        insert(imports)
        .values(source="two years", file_name="", file_sha256="", started_at=moment)
        .returning(imports.c.id)
    ).scalar_one()
    connection.execute(insert(reporters), [{"id": 1 + n, "hash": f"two years {n}"} for n in range(400)])
    rows = table.to_dict("records")
    connection.execute(
        insert(reports),
        [
            {
                "id": 10_000 + number,
                "source": "two years",
                "source_id": str(number),
                "category": row["category"],
                "is_counted": True,
                "reported_at": row["moment"],
                "has_hour": row["has_hour"],
                "reporter_id": 1 + row["reporter"],
                "precision": "adres",
                "cell": int(cells[number]),
                "buurtcode": row["buurtcode"] if isinstance(row["buurtcode"], str) else None,
                "known_from": row["moment"],
                "content_hash": "",
                "first_import_id": import_id,
                "last_import_id": import_id,
            }
            for number, row in enumerate(rows)
        ],
    )
    connection.execute(
        insert(report_locations),
        [
            {
                "report_id": 10_000 + number,
                "lon": float(lon[number]),
                "lat": 50.85,
                "street": row["street"] if isinstance(row["street"], str) else None,
            }
            for number, row in enumerate(rows)
        ],
    )
    for day in sorted(SETTLED):
        publish_figures(connection, settings, day)
    return table
