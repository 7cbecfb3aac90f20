"""Detection as a whole, on cities of a few dozen reports: what is found, what is not, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotspots.detection.exposure import Exposure
from hotspots.detection.pipeline import find_places
from hotspots.geography.projection import WGS84, Projection
from hotspots.model import DETECTIONS, MEMBERS
from hotspots.settings import CalendarSettings, DetectionSettings, Event, Settings

AS_OF = date(2023, 12, 31)
RD = Projection("EPSG:28992")
CENTRE = (176_000.0, 318_000.0)
NOWHERE = (np.zeros(0), np.zeros(0))
KEEPS_ALL = Settings(detection=DetectionSettings(near_share=0, wide_places=True))
ONLY_SMALL = Settings(detection=DetectionSettings(near_share=0, wide_places=False))


@dataclass
class Diary:
    """Reports in metres from the middle of town, written down one by one."""

    rows: list[dict[str, object]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)

    def add(
        self,
        days_ago: float,
        x: float,
        y: float,
        reporter: float = np.nan,
        *,
        address: str | None = None,
        text: str = "",
        precision: str = "adres",
        buurt: str = "BU1",
        category: str = "personen",
        has_hour: bool = True,
    ) -> None:
        """Write down one report, at noon of so many days before the peildatum."""
        number = len(self.rows) + 1
        lon, lat = RD.to_degrees([CENTRE[0] + x], [CENTRE[1] + y])
        moment = pd.Timestamp(AS_OF, tz="UTC") + pd.Timedelta(hours=12) - pd.Timedelta(days=days_ago)
        self.texts[number] = text
        self.rows.append(
            {
                "report_id": number,
                "category": category,
                "moment": moment,
                "has_hour": has_hour,
                "reported_at": moment,
                "reporter_id": reporter,
                "lon": lon[0],
                "lat": lat[0],
                "precision": precision,
                "radius_m": 10.0,
                "address_key": address,
                "buurtcode": buurt,
            }
        )

    def add_hotspot(
        self,
        x: float = 0.0,
        y: float = 0.0,
        *,
        count: int = 14,
        every_days: float = 6,
        ended_days_ago: int = 3,
    ) -> None:
        """Write down a place that meets every rule: a report every few days, by five people, over 20 m."""
        for number in range(count):
            self.add(
                ended_days_ago + every_days * number,
                x + 10 * np.cos(2.4 * number),
                y + 10 * np.sin(2.4 * number),
                reporter=100.0 * (1 + abs(x) + abs(y)) + number % 5,
                text=f"Er wordt weer gedeald bij paal {number}",
            )

    def add_background(self, count: int = 60) -> None:
        """Write down reports all over town, by somebody else each time."""
        rng = np.random.default_rng(11)
        for number in range(count):
            x, y = rng.uniform(-1500, 1500, 2)
            self.add(float(rng.uniform(0, 180)), x, y, reporter=10_000.0 + number)

    @property
    def table(self) -> pd.DataFrame:
        """The reports as detection gets them."""
        return pd.DataFrame(self.rows).astype(
            {"moment": "datetime64[us, UTC]", "reported_at": "datetime64[us, UTC]"}
        )


def detected(
    reports: pd.DataFrame,
    texts: Mapping[int, str] | None = None,
    *,
    settings: Settings | None = None,
    addresses: tuple[NDArray[np.float64], NDArray[np.float64]] = NOWHERE,
    as_of: date = AS_OF,
    known: Sequence[frozenset[int]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the places; with texts by report_id, and the reports of the hotspots known so far."""

    def told(ids: Iterable[int]) -> Mapping[int, str]:
        return {number: (texts or {}).get(number, "") for number in ids}

    areas = gpd.GeoDataFrame({"buurtcode": ["BU1"], "wijkcode": ["WK1"]}, geometry=[None], crs=WGS84)
    chosen = settings or KEEPS_ALL
    found = find_places(
        reports,
        as_of=as_of,
        areas=areas,
        exposure=Exposure.of(*addresses, chosen),
        settings=chosen,
        texts=told,
        known=lambda: known,
    )
    return found.places, found.members


def only_place(diary: Diary, **options: Any) -> "pd.Series[Any]":
    """The one place that is found among what the diary says."""
    places, _ = detected(diary.table, diary.texts, **options)
    assert len(places) == 1
    return places.iloc[0]


@pytest.mark.parametrize("count", [0, 1, 29])
def test_a_city_with_few_reports_has_no_hotspots_and_tables_all_the_same(count: int) -> None:
    diary = Diary()
    diary.add_background(29)
    places, members = detected(diary.table.iloc[:count])
    DETECTIONS.check(places)
    MEMBERS.check(members)
    assert list(places.columns) == list(DETECTIONS.columns)
    assert places.empty
    assert members.empty


def test_a_place_that_is_repeated_lasting_shared_concentrated_and_current_is_signalled() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot(200, 100)
    places, members = detected(diary.table, diary.texts)
    signalled = places[places["signalled"]]
    assert len(signalled) == 1
    place = signalled.iloc[0]
    x, y = RD.to_metres([place["lon"]], [place["lat"]])
    assert np.hypot(x[0] - CENTRE[0] - 200, y[0] - CENTRE[1] - 100) < 3
    assert place["suppressed_because"] is None
    assert (place["report_count"], place["day_count"], place["reporter_count"]) == (14, 14, 5)
    assert place["duration_days"] == 78
    assert place["soort"] == "gebied"
    assert place["indicatie"] == "veiligheid"
    assert place["p_value"] < 0.05
    assert place["expected"] < 2
    assert set(members["report_id"][members["place"] == place["place"]]) == set(range(61, 75))
    assert place["geometry"].is_valid
    said = " ".join(place["redenen"])
    for words in ("14 meldingen op 14 verschillende dagen", "78 dagen", "5 bekende melders", "dealen 14×"):
        assert words in said


def test_a_place_on_the_list_tells_its_hours_and_its_cell_and_one_off_the_list_does_not() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot()
    diary.add_hotspot(600, 0, ended_days_ago=60)
    table = diary.table
    hours = np.where(table["report_id"] <= 60, table["report_id"] % 24, 11)  # others at any hour
    table["moment"] = table["moment"].dt.normalize() + pd.to_timedelta(hours, unit="h")
    places, _ = detected(table, diary.texts)
    on_list, off_list = places[places["signalled"]].iloc[0], places[~places["signalled"]].iloc[0]
    assert on_list["evidence"]["hotHours"]["reports"] == 14
    assert on_list["evidence"]["emergingClass"] != "none"
    assert [reason.split(":")[0] for reason in on_list["redenen"][-2:]] == ["Uren", "Omgeving"]
    assert "hotHours" not in off_list["evidence"]
    assert not any(reason.startswith("Uren") for reason in off_list["redenen"])


def without_hours(table: pd.DataFrame, share: float = 1.0) -> pd.DataFrame:
    """The reports as a delivery without hours gives them: at the start of their local day."""
    local = table["moment"].dt.tz_convert("Europe/Amsterdam").dt.normalize()
    is_lost = np.arange(len(table)) % 100 < 100 * share
    moment = table["moment"].where(~is_lost, local.dt.tz_convert("UTC"))
    return table.assign(moment=moment.astype("datetime64[us, UTC]"), has_hour=~is_lost)


def test_a_delivery_without_hours_gives_the_same_list_and_names_no_hour() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot()
    diary.add_hotspot(600, 0, ended_days_ago=60)
    with_hours, _ = detected(diary.table, diary.texts)
    without, _ = detected(without_hours(diary.table), diary.texts)
    same = [
        "signalled",
        "report_count",
        "day_count",
        "week_count",
        "reporter_count",
        "duration_days",
        "lon",
        "lat",
    ]
    pd.testing.assert_frame_equal(without[same], with_hours[same])
    place = without.iloc[0]
    assert "Uren: van alle 14 meldingen is het uur niet bekend." in place["redenen"]
    assert place["evidence"]["hotHours"] is None
    assert not any(" uur;" in reason for reason in place["redenen"])


@pytest.mark.parametrize(
    ("hour", "has_hour", "is_at_night"), [(23, True, True), (23, False, False), (12, True, False)]
)
def test_only_hours_that_are_known_are_at_night(hour: int, has_hour: bool, is_at_night: bool) -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot()
    diary.texts = dict.fromkeys(diary.texts, "Geluid van voetbal, en er wordt gedeald")
    day = detected(diary.table, diary.texts)[0].iloc[0]["indicatie_certainty"]
    table = diary.table
    table["moment"] = table["moment"].dt.normalize() + pd.Timedelta(hours=hour - 1)  # local: one more
    found = detected(table.assign(has_hour=has_hour), diary.texts)[0].iloc[0]["indicatie_certainty"]
    assert bool(found > day) is is_at_night


@pytest.mark.parametrize(("has_hour", "said"), [(True, "binnen 72 uur"), (False, "binnen 3 dagen")])
def test_a_burst_is_told_in_hours_only_where_these_are_known(has_hour: bool, said: str) -> None:
    diary = Diary()
    for number, day in enumerate([20.0, 21.0, 22.0] * 4 + [80, 70, 60, 50, 40, 30]):
        diary.add(day, 6 * (number % 4), 0, reporter=float(number), has_hour=has_hour)
    assert said in str(only_place(diary)["suppressed_because"])


def test_a_mailbox_for_all_hides_no_place_that_is_shared() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot()
    table = diary.table
    ours = table["report_id"] > 60
    table.loc[ours & (table["report_id"] % 4 > 0), "reporter_id"] = 7.0
    only_here, _ = detected(table, diary.texts)
    assert "één melder" in str(only_here.iloc[0]["suppressed_because"])
    table.loc[table["report_id"] <= 40, "reporter_id"] = 7.0  # all over town too
    everywhere, _ = detected(table, diary.texts)
    assert everywhere["signalled"].tolist() == [True]
    assert any("Gedeeld: " in reason for reason in everywhere.iloc[0]["redenen"])


def test_one_reporter_is_no_hotspot() -> None:
    diary = Diary()
    for number in range(14):
        diary.add(3 + 6 * number, 0, 0, reporter=1.0 if number else 2.0)
    place = only_place(diary)
    assert not place["signalled"]
    assert "te weinig mensen melden" in str(place["suppressed_because"])


def test_a_series_of_one_neighbour_with_a_few_strays_is_no_hotspot() -> None:
    rng = np.random.default_rng(3)
    flats = np.full((50, 2), [9.0, 0.0])
    x, y = np.concatenate([rng.uniform(-1500, 1500, (3000, 2)), flats]).T
    addresses = RD.to_degrees(CENTRE[0] + x, CENTRE[1] + y)

    def place_of(reporters: list[float]) -> "pd.Series[Any]":
        diary = Diary()
        diary.add_background()
        for number, reporter in enumerate(reporters):
            diary.add(3 + 8 * number, 2 * number, 0, reporter=reporter)
        return only_place(diary, addresses=addresses)

    series = place_of([1.0, 1, 2, 1, 3, 1, 1, 4, 1, 5])
    assert not series["signalled"]
    assert "één melder 6 van de 10" in str(series["suppressed_because"])
    assert place_of([1.0, 6, 2, 7, 3, 1, 8, 4, 1, 5])["signalled"]


def test_unknown_reporters_are_not_one_more() -> None:
    diary = Diary()
    for number in range(16):
        diary.add(3 + 5 * number, number % 4, 0, reporter=[1.0, 2.0, np.nan, np.nan][number % 4])
    place = only_place(diary)
    assert not place["signalled"]
    assert place["reporter_count"] == 2


def test_a_square_whose_reporters_are_all_unknown_is_signalled_and_says_that_this_is_not_known() -> None:
    diary = Diary()
    diary.add_hotspot()
    table = diary.table.assign(reporter_id=np.nan)
    places, _ = detected(table, diary.texts)
    assert places["signalled"].tolist() == [True]
    assert np.isnan(places["reporter_count"].iloc[0])
    assert any("niet te beoordelen" in reason for reason in places["redenen"].iloc[0])


def test_one_address_whose_reporters_are_all_unknown_may_be_one_neighbour() -> None:
    diary = Diary()
    for number in range(14):
        diary.add(3 + 6 * number, 0, 0, address="6211AA 1", text=f"Weer herrie nummer {number}")
    assert "kan één melder zijn" in str(only_place(diary)["suppressed_because"])
    diary.add(4, 18, 0, address="6211AA 5", text="Ook bij ons herrie")
    assert only_place(diary)["signalled"]


def test_unknown_reporters_who_use_one_text_are_one_writer() -> None:
    diary = Diary()
    for number in range(14):
        diary.add(3 + 6 * number, 20 * (number % 2), 0, text="Ze staan er weer, doe er iets aan!")
    assert "dezelfde tekst" in str(only_place(diary)["suppressed_because"])


def test_a_report_that_says_the_same_again_counts_once() -> None:
    diary = Diary()
    diary.add_hotspot()
    diary.add(3, 10, 2, reporter=100.0, text="nog eens")
    place = only_place(diary)
    assert place["report_count"] == 14
    assert any("1 melding van dezelfde melder" in reason for reason in place["redenen"])


@pytest.mark.parametrize(
    "days_ago",
    [[20.0] * 12, [20, 21] * 6, [20, 21, 27, 28] * 3],
    ids=["a night", "a weekend", "two weekends"],
)
def test_a_burst_is_an_incident(days_ago: list[float]) -> None:
    diary = Diary()
    for number, day in enumerate(days_ago):
        diary.add(day, 6 * (number % 4), 0, reporter=float(number))
    place = only_place(diary)
    assert not place["signalled"]


def test_a_busy_weekend_with_strays_around_it_is_an_incident() -> None:
    diary = Diary()
    diary.add_background()
    for number, day in enumerate([20.0] * 7 + [21.0] * 7 + [100, 70, 60, 45, 30]):
        diary.add(day, 6 * (number % 4), 0, reporter=float(number))
    places, _ = detected(diary.table)
    assert not places["signalled"].any()


def test_reports_without_any_text_are_not_all_the_same() -> None:
    diary = Diary()
    diary.add_hotspot()
    places, _ = detected(diary.table)
    assert places["signalled"].tolist() == [True]
    assert places["evidence"].iloc[0]["figures"]["duplicates"] == 0


def test_nuisance_that_went_quiet_is_not_current() -> None:
    diary = Diary()
    diary.add_hotspot(ended_days_ago=57)
    assert "stil is sinds" in str(only_place(diary)["suppressed_because"])
    diary = Diary()
    diary.add_hotspot(ended_days_ago=55)
    assert only_place(diary)["signalled"]


def test_days_of_an_event_do_not_make_a_hotspot() -> None:
    diary = Diary()
    for number, day in enumerate([10, 11, 12, 13, 40, 47, 54, 61, 68]):
        diary.add(day, 8 * (number % 3), 0, reporter=float(number))
    assert only_place(diary)["signalled"]
    fair = {"name": "Kermis", "first": AS_OF - timedelta(days=13), "last": AS_OF - timedelta(days=10)}
    for areas, is_signalled in (((), False), (("BU1",), False), (("WK1",), False), (("BU9",), True)):
        calendar = CalendarSettings(events=(Event.model_validate(fair | {"areas": areas}),))
        place = only_place(diary, settings=Settings(calendar=calendar))
        assert place["signalled"] == is_signalled
        assert is_signalled or "Kermis" in str(place["suppressed_because"])


def test_a_coordinate_with_postcodes_from_all_over_town_is_a_default() -> None:
    diary = Diary()
    for number in range(12):
        diary.add(3 + 7 * number, 0, 0, reporter=float(number), address=f"62{number:02d}AB {number}")
    place = only_place(diary)
    assert not place["signalled"]
    assert "standaardlocatie" in str(place["suppressed_because"])


def test_a_default_coordinate_does_not_hide_the_hotspot_beside_it() -> None:
    diary = Diary()
    diary.add_hotspot(40, 0)
    for number in range(30):
        diary.add(3 + 5 * number, 0, 0, reporter=1000.0 + number, address=f"62{number:02d}AB {number}")
    places, _ = detected(diary.table, diary.texts)
    assert places["signalled"].sum() == 1
    assert places["report_count"][places["signalled"]].tolist() == [14]


def put_at_the_town_hall(diary: Diary, *, count: int) -> None:
    """Reports by ever other people about anything, all on one coordinate."""
    for number in range(count):
        diary.add(2 + 8 * number, 0, 0, reporter=500.0 + number)


def test_a_coordinate_of_ever_other_people_with_some_strays_beside_it_is_no_place() -> None:
    diary = Diary()
    diary.add_background()
    put_at_the_town_hall(diary, count=8)
    diary.add(15, 8, 3, reporter=600)
    place = only_place(diary)
    assert not place["signalled"]
    assert "8 meldingen op precies hetzelfde punt" in place["suppressed_because"]
    assert "De andere zijn niet meer dan de omgeving verklaart" in place["suppressed_because"]


def test_a_hotspot_around_such_a_coordinate_is_one_by_its_other_reports() -> None:
    diary = Diary()
    diary.add_background()
    put_at_the_town_hall(diary, count=12)
    diary.add_hotspot(count=10)
    assert only_place(diary)["signalled"]


def test_a_square_with_a_quiet_middle_is_one_hotspot() -> None:
    """Two sides 60 m apart; at 100 m they are two."""
    for apart, expected in ((60, 1), (100, 2)):
        diary = Diary()
        diary.add_background()
        diary.add_hotspot(-apart / 2, count=12)
        diary.add_hotspot(apart / 2, count=12)
        places, members = detected(diary.table)
        assert places["signalled"].sum() == expected, apart
        assert members["report_id"].is_unique


def test_a_hotspot_glued_to_the_busy_streets_around_it_is_still_found() -> None:
    """A street of 400 m with a report every 6 m, and a square at it: too wide to be one place as a whole."""
    diary = Diary()
    diary.add_background()
    for number in range(66):
        diary.add(2 + 2.5 * number, 6.0 * number - 200, 4.0 * (number % 2), reporter=2000.0 + number)
    diary.add_hotspot(count=24)
    settings = ONLY_SMALL
    places, members = detected(diary.table, settings=settings)
    assert places["signalled"].sum() == 1
    found = places[places["signalled"]].iloc[0]
    x, y = RD.to_metres([found["lon"]], [found["lat"]])
    assert np.hypot(x[0] - CENTRE[0], y[0] - CENTRE[1]) < 15
    assert members["report_id"].is_unique
    only_wide = settings.detection.model_copy(update={"bandwidths_m": (18.0,)})
    wide, _ = detected(diary.table, settings=settings.model_copy(update={"detection": only_wide}))
    assert not wide["signalled"].any()
    assert wide["suppressed_because"].str.contains("verspreid").any()


@pytest.mark.parametrize("in_the_street", ["one neighbour", "one weekend"])
def test_what_fails_a_rule_as_a_whole_does_not_hide_the_hotspot_in_it(in_the_street: str) -> None:
    """A street full of reports by one person, or of two days, and a square at it where five people report."""
    diary = Diary()
    diary.add_background()
    for number in range(66):
        is_one = in_the_street == "one neighbour"
        days_ago = 2 + 2.5 * number if is_one else 60 + 0.02 * number
        reporter = 7.0 if is_one else 2000.0 + number
        diary.add(days_ago, 6.0 * number - 200, 4.0 * (number % 2), reporter=reporter)
    diary.add_hotspot(count=24)
    places, _ = detected(diary.table)
    assert places["signalled"].sum() == 1


def test_what_a_neighbour_says_of_two_glued_squares_on_one_day_counts_for_both() -> None:
    """Five squares in a row, 55 m apart; every other time the same person reports all five."""
    diary = Diary()
    diary.add_background()
    for number in range(12):
        for square in range(5):
            reporter = 100.0 + number % 5 + (50.0 * (square + 1) if number % 2 else 0.0)
            x, y = 55.0 * square + 10 * np.cos(2.4 * number), 10 * np.sin(2.4 * number)
            diary.add(3 + 6 * number, x, y, reporter)
    places, members = detected(diary.table, settings=ONLY_SMALL)
    signalled = places["place"][places["signalled"]]
    assert len(signalled) >= 3
    assert members["place"].isin(signalled).sum() == 60


def test_a_tower_of_flats_is_compared_with_its_addresses() -> None:
    rng = np.random.default_rng(2)
    houses = rng.uniform(-900, 900, (1500, 2))
    tower = np.tile([[300.0, 300.0]], (300, 1))
    addresses = np.vstack([houses, tower])
    lon, lat = RD.to_degrees(CENTRE[0] + addresses[:, 0], CENTRE[1] + addresses[:, 1])
    diary = Diary()
    for number, (x, y) in enumerate(addresses[::20].tolist()):  # one address in twenty reports, once
        diary.add(float(rng.uniform(0, 170)), x, y, reporter=float(number))
    without, _ = detected(diary.table)
    place = only_place(diary, addresses=(lon, lat))
    assert not place["signalled"]
    assert "300 adressen" in str(place["suppressed_because"]) or "flat" in str(place["suppressed_because"])
    assert len(without) == 1


def test_a_busy_centre_is_compared_with_its_surroundings() -> None:
    rng = np.random.default_rng(4)
    diary = Diary()
    for number in range(400):
        x, y = rng.uniform(-150, 150, 2)
        diary.add(float(rng.uniform(0, 170)), x, y, reporter=float(number))
    places, _ = detected(diary.table)
    assert len(places) > 0
    assert not places["signalled"].any()


def test_two_places_a_hundred_metres_apart_are_two_hotspots() -> None:
    diary = Diary()
    diary.add_hotspot(0, 0)
    diary.add_hotspot(100, 0)
    for number, between in enumerate(range(15, 100, 14)):
        diary.add(10.0 * number, float(between), 0, reporter=5000.0 + number)
    places, _ = detected(diary.table, diary.texts)
    x, _ = RD.to_metres(places["lon"][places["signalled"]], places["lat"][places["signalled"]])
    assert sorted(x - CENTRE[0]) == [pytest.approx(0, abs=10), pytest.approx(100, abs=10)]


@pytest.mark.parametrize(("ended_days_ago", "is_signalled"), [(3, True), (60, False)])
def test_a_place_between_two_busy_ones_is_judged_without_those_on_the_list(
    ended_days_ago: int, is_signalled: bool
) -> None:
    diary = Diary()
    diary.add_background()
    for x in (0, 70):
        diary.add_hotspot(x, 0, count=40, every_days=2, ended_days_ago=ended_days_ago)
    diary.add_hotspot(35, 56, count=9, every_days=8)
    places, _ = detected(diary.table, diary.texts)
    small, busy = places[places["report_count"] == 9].iloc[0], places[places["report_count"] == 40]
    assert busy["signalled"].tolist() == [is_signalled] * 2
    assert small["signalled"] == is_signalled
    # what is not on the list is the level around
    assert (small["expected"] < 1) == is_signalled
    assert is_signalled or "de omgeving ook veel meldingen heeft" in str(small["suppressed_because"])


def test_one_address_that_hardly_any_reporter_is_known_of_may_be_one_neighbour() -> None:
    def place_of(known: int) -> "pd.Series[Any]":
        diary = Diary()
        for number in range(16):
            reporter = float(number) if number < known else np.nan
            diary.add(3 + 5 * number, 0, 0, reporter, address="6211AA 1", text=f"Weer herrie nummer {number}")
        return only_place(diary)

    assert "kan één melder zijn" in str(place_of(3)["suppressed_because"])
    assert "kan één melder zijn" not in str(place_of(4)["suppressed_because"])


def test_an_event_in_one_area_leaves_the_same_days_elsewhere_alone() -> None:
    diary = Diary()
    days = [10, 11, 12, 13, 40, 47, 54, 61, 68]
    for buurt, there in (("BU1", 0), ("BU2", 500)):
        for number, day in enumerate(days):
            diary.add(day, there + 8 * (number % 3), 0, reporter=float(there + number), buurt=buurt)
    event = {"name": "Kermis", "first": AS_OF - timedelta(days=13), "last": AS_OF - timedelta(days=10)}
    calendar = CalendarSettings(events=(Event.model_validate(event | {"areas": ("WK1",)}),))
    places, _ = detected(diary.table, settings=Settings(calendar=calendar))
    x, _ = RD.to_metres(places["lon"], places["lat"])
    is_in_event_area = x - CENTRE[0] < 250
    assert is_in_event_area.sum() == 1
    assert (places["signalled"].to_numpy() == ~is_in_event_area).all()


def test_a_hotspot_that_holds_without_the_days_of_an_event_stays_on_the_list() -> None:
    diary = Diary()
    diary.add_hotspot(count=20, every_days=5)
    fair = {"name": "Kermis", "first": AS_OF - timedelta(days=13), "last": AS_OF - timedelta(days=3)}
    calendar = CalendarSettings(events=(Event.model_validate(fair),))
    assert only_place(diary, settings=Settings(calendar=calendar))["signalled"]


def test_a_default_coordinate_says_nothing_of_the_level_around_it() -> None:
    diary = Diary()
    diary.add_hotspot(35, 0, count=10, every_days=8)
    alone = only_place(diary)["expected"]
    for number in range(60):
        diary.add(2.5 * number, 0, 0, reporter=1000.0 + number, address=f"62{number:02d}AB {number}")
    places, _ = detected(diary.table, diary.texts)
    assert places["expected"][places["report_count"] == 10].tolist() == [alone]


def test_a_location_by_postcode_does_not_feed_clustering() -> None:
    diary = Diary()
    diary.add_hotspot()
    coarse = diary.table.assign(precision="postcode")
    assert detected(coarse, diary.texts)[0].empty


def test_a_place_on_the_edge_of_cells_and_far_from_any_is_found_as_well() -> None:
    for shift in range(0, 130, 26):
        diary = Diary()
        diary.add_hotspot(float(shift), 7.0 * shift)
        assert only_place(diary)["signalled"]


@given(order=st.permutations(range(50)))
@examples(max_examples=10)
def test_the_order_of_rows_decides_nothing(order: list[int]) -> None:
    diary = Diary()
    diary.add_background(22)
    diary.add_hotspot(0, 0)
    diary.add_hotspot(100, 0)
    there, members = detected(diary.table, diary.texts)
    back, members_back = detected(diary.table.iloc[order], diary.texts)
    pd.testing.assert_frame_equal(there, back)
    pd.testing.assert_frame_equal(members, members_back)


@given(day=st.integers(0, 80), angle=st.floats(0, 6.28), distance_m=st.floats(0, 12))
@examples(max_examples=20)
def test_one_more_report_by_somebody_else_never_takes_a_place_off_the_list(
    day: int, angle: float, distance_m: float
) -> None:
    diary = Diary()
    diary.add_background(30)
    diary.add_hotspot(300, 0)
    before, _ = detected(diary.table, diary.texts)
    diary.add(day, 300 + distance_m * np.cos(angle), distance_m * np.sin(angle), reporter=99_999.0)
    after, _ = detected(diary.table, diary.texts)
    assert before["signalled"].sum() == after["signalled"].sum() == 1


def test_each_report_belongs_to_one_place_at_most_and_the_counts_add_up() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot(0, 0)
    diary.add_hotspot(300, 50, count=20, every_days=4)
    places, members = detected(diary.table, diary.texts)
    assert not members["report_id"].duplicated().any()
    assert members.groupby("place").size().tolist() == places["report_count"].tolist()
    assert places["place"].tolist() == list(range(len(places)))
    assert places["score"].is_monotonic_decreasing


def test_from_the_centres_of_two_weeks_no_report_can_be_worked_out() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot(0, 0)
    before = only_place(diary)
    diary.add(0, 7.0, -9.0, reporter=99_999.0)
    after = only_place(diary)
    sums = [
        np.array(RD.to_metres([place["lon"]], [place["lat"]]))[:, 0] * place["report_count"]
        for place in (before, after)
    ]
    assert after["report_count"] == before["report_count"] + 1
    # what came is told as the middle of a square: the rest of a division by its side is half of it
    assert np.mod(sums[1] - sums[0], Settings().detection.outline_grid_m) == pytest.approx(
        Settings().detection.outline_grid_m / 2, abs=0.01
    )


def test_what_is_signalled_is_the_same_to_the_last_digit_however_near_the_rest_is_looked_at() -> None:
    """Places that pass, nearly do and don't, side by side: each is looked at for the sake of the others."""
    diary = Diary()
    diary.add_background(400)
    for number in range(6):
        diary.add_hotspot(400.0 * number - 1000, 300.0, count=10 + 2 * number)
    diary.add_hotspot(-960.0, 380.0, count=11, every_days=4)
    for number in range(9):
        diary.add(5 + 6 * number, 700, -400, reporter=7.0, text=f"Alweer {number}")
    for number in range(60):
        diary.add(2 + 2.5 * number, 8.0 * number - 200, -800.0 + 4 * (number % 2), reporter=3000.0 + number)
    found = {}
    for share in (0.0, 0.75, 1.0):
        settings = Settings(detection=DetectionSettings(near_share=share))
        found[share], _ = detected(diary.table, diary.texts, settings=settings)
    listed = [places[places["signalled"]].drop(columns="place") for places in found.values()]
    assert len(listed[0]) >= 3
    for other in listed[1:]:
        pd.testing.assert_frame_equal(
            other.reset_index(drop=True), listed[0].reset_index(drop=True), check_exact=True
        )
    refused = [set(places.loc[~places["signalled"], "suppressed_because"]) for places in found.values()]
    assert refused[0] > refused[1] >= refused[2]


def test_places_that_are_not_kept_are_counted_by_what_keeps_them_off_the_list() -> None:
    diary = Diary()
    diary.add_background()
    diary.add_hotspot()
    for number in range(12):  # one night
        diary.add(40 + number / 100, 600 + 5.0 * number, 0, reporter=500.0 + number)
    areas = gpd.GeoDataFrame({"buurtcode": ["BU1"], "wijkcode": ["WK1"]}, geometry=[None], crs=WGS84)
    settings = Settings()
    found = find_places(
        diary.table,
        as_of=AS_OF,
        areas=areas,
        exposure=Exposure.of(*NOWHERE, settings),
        settings=settings,
        texts=lambda _: {},
    )
    assert found.places["signalled"].tolist() == [True]
    assert found.refused == {"aantal dagen": 1}


def scattered(seed: int, count: int) -> NDArray[np.float64]:
    """Points within 1 of the middle, evenly."""
    rng = np.random.default_rng(seed)
    turn, away = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 1, count))
    return np.column_stack([away * np.cos(turn), away * np.sin(turn)])


def in_a_park(diary: Diary, radius_m: float = 150, count: int = 40, weeks: int = 14) -> None:
    """Write down nuisance all over a park, by thirty people."""
    for number, (x, y) in enumerate(radius_m * scattered(5, count)):
        diary.add(2 + 7 * weeks * number / count, x, y, reporter=300.0 + number % 30)


def in_a_street(diary: Diary, length_m: float = 280, count: int = 30) -> None:
    """Write down nuisance along both fronts of a street, by twenty people."""
    rng = np.random.default_rng(3)
    for number, along in enumerate(rng.uniform(-length_m / 2, length_m / 2, count)):
        diary.add(2 + 3 * number, along * 0.8, along * 0.6 + 6 * (-1) ** number, reporter=500.0 + number % 20)


def test_nuisance_all_over_a_park_is_one_wide_place_that_says_how_wide() -> None:
    diary = Diary()
    diary.add_background()
    in_a_park(diary)
    places, members = detected(diary.table)
    found = places[places["signalled"]]
    assert len(found) == 1
    assert len(members) >= 36
    said = next(reason for reason in found.iloc[0]["redenen"] if reason.startswith("Omvang"))
    assert said.startswith("Omvang: verspreid over ongeveer ")
    assert 220 <= found.iloc[0]["evidence"]["lengthM"] <= 320
    assert found.iloc[0]["soort"] == "gebied"


def test_a_street_is_one_place_along_a_line_and_its_outline_is_no_block() -> None:
    diary = Diary()
    diary.add_background()
    in_a_street(diary)
    places, members = detected(diary.table)
    found = places[places["signalled"]]
    assert len(found) == 1
    assert len(members) >= 28
    assert found.iloc[0]["evidence"]["isLine"]
    assert any(reason.startswith("Omvang: langs een lijn van") for reason in found.iloc[0]["redenen"])
    outline = np.column_stack(RD.to_metres(*np.array(found.iloc[0]["geometry"].exterior.coords).T))
    assert shapely.Polygon(outline).area < 280 * 110


def test_a_place_inside_a_park_stands_by_itself_where_it_is_one() -> None:
    diary = Diary()
    diary.add_background()
    in_a_park(diary, count=60)
    diary.add_hotspot(40, 30, count=24, every_days=4)
    places, members = detected(diary.table)
    found = places[places["signalled"]]
    assert found["evidence"].map(lambda evidence: "lengthM" in evidence).tolist().count(True) == 1
    assert len(found) == 2
    assert members["report_id"].is_unique


def always_busy(radius_m: float) -> Diary:
    """A diary of a city of which the centre is busy all along, with reports by as many people."""
    diary = Diary()
    diary.add_background()
    for number, (x, y) in enumerate(radius_m * scattered(8, 34)):
        diary.add(1 + 5.3 * number, x, y, reporter=700.0 + number)
    for number, (x, y) in enumerate(700 * scattered(9, 90)):
        diary.add(1 + 2.0 * number, x, y, reporter=900.0 + number)
    return diary


def test_a_centre_that_was_always_busy_is_no_hotspot() -> None:
    places, _ = detected(always_busy(230).table)
    assert not places["signalled"].any()


def test_a_wide_hotspot_that_is_known_stays_when_it_has_been_there_all_along() -> None:
    table = always_busy(190).table
    own = frozenset(table["report_id"][table["reporter_id"].between(700, 733)].tolist())
    new, _ = detected(table)
    assert not new["signalled"].any()
    stays, members = detected(table, known=[own])
    assert stays["signalled"].sum() == 1
    assert len(own.intersection(members["report_id"])) >= 25
    grown, _ = detected(table, known=[frozenset(sorted(own)[:16])])
    assert not grown["signalled"].any()


def test_wide_places_are_looked_for_up_to_a_number_of_reports() -> None:
    diary = Diary()
    diary.add_background()
    in_a_street(diary)
    count = len(diary.table)
    lengths = []
    for most in (count, count - 1):
        settings = Settings(detection=DetectionSettings(wide_places=True, most_reports_for_wide=most))
        places, _ = detected(diary.table, settings=settings)
        listed = places[places["signalled"]]
        lengths.append([evidence.get("lengthM") for evidence in listed["evidence"]])
    assert any(lengths[0])
    assert not any(lengths[1])


def test_wide_places_are_the_same_in_whatever_order_reports_come() -> None:
    diary = Diary()
    diary.add_background()
    in_a_street(diary)
    first, _ = detected(diary.table)
    again, _ = detected(diary.table.sample(frac=1, random_state=4))
    assert first["redenen"].tolist() == again["redenen"].tolist()
