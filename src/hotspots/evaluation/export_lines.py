"""The lines of a simulated export: reports as text, with the errors of real exports."""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from hotspots.evaluation.planted_places import Planting
from hotspots.evaluation.report_texts import write_text
from hotspots.model import Precision

MELDDESK_COLUMNS = (
    "meldingnummer",
    "meldtijd",
    "hoofdcategorie",
    "subcategorie",
    "omschrijving",
    "straatnaam",
    "huisnummer",
    "huisletter",
    "huisnummertoevoeging",
    "postcode",
    "woonplaats",
    "rd_x",
    "rd_y",
    "melder",
)
SUBCATEGORIES = {
    ("drugs", "dealen"): "Dealen",
    ("personen", "voetbal"): "Jongeren",
    ("personen", "hangen"): "Jongeren",
    ("personen", "muziek"): "Muziek en lawaai",
    ("personen", "afval"): "Vervuiling",
    ("personen", "vernieling"): "Vernieling",
    ("personen", "intimidatie"): "Intimidatie",
    ("personen", "geweld"): "Ruzie en geweld",
}
"""What the desk chooses for what a report is about, where it chooses anything but the vaguest."""

OTHER_CATEGORIES = ("Afval", "Wegen en paden", "Groen", "Openbare verlichting", "Parkeren", "Dieren")


def export_lines(work: Planting, zone: ZoneInfo) -> pd.DataFrame:
    """Write the reports of a period as lines of an export, in order of time."""
    planted = pd.concat(work.chunks, ignore_index=True)
    kept = planted[work.rng.random(len(planted)) < work.plan.kept_share]
    frame = _with_duplicates(kept.reset_index(drop=True), work)
    frame = _with_other_categories(frame, work)
    frame = frame.sort_values(["minute", "person"], kind="stable", ignore_index=True)
    frame["source"] = [work.places[place].kind if place >= 0 else "background" for place in frame["place"]]
    frame = _with_texts(frame, work)
    frame = _with_locations(frame, work)
    local = pd.Series(work.first_day + frame["minute"].to_numpy().astype("timedelta64[m]"))
    frame["meldtijd"] = local.dt.strftime("%Y-%m-%d %H:%M")
    frame["moment"] = (
        local.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        .dt.tz_convert("UTC")
        .astype("datetime64[us, UTC]")
    )
    frame["meldingnummer"] = [f"MD-{year}-{number:06d}" for number, year in enumerate(local.dt.year, 1)]
    frame["melder"] = _reporters(frame, work)
    frame = _with_dirt(frame, work)
    frame["report_id"] = np.arange(1, len(frame) + 1)
    internal = ["report_id", "moment", "category", "lon", "lat", "precision", "radius_m", "fate"]
    lines: pd.DataFrame = frame[[*MELDDESK_COLUMNS, *internal, "source", "place", "person"]]
    return lines


def _reporters(frame: pd.DataFrame, work: Planting) -> list[str]:
    """Ids of the reporters: some people never give one, others forget now and then."""
    person = frame["person"].to_numpy()
    share = work.plan.known_reporter_share
    never_says = work.rng.random(work.next_person) >= share**0.7
    never_says[person[(frame["source"] == "one reporter").to_numpy()]] = share < 0.1
    is_known = ~never_says[person] & (work.rng.random(len(frame)) < share**0.3)
    return [f"melder-{number:05d}" if known else "" for number, known in zip(person, is_known, strict=True)]


def _with_duplicates(frame: pd.DataFrame, work: Planting) -> pd.DataFrame:
    """Add duplicates: the same person reports the same thing again within hours."""
    again = frame[work.rng.random(len(frame)) < work.plan.duplicate_share].copy()
    again["minute"] = np.minimum(
        again["minute"] + work.rng.integers(2, 400, len(again)), work.day_count * 1440 - 1
    )
    frame["is_again"], again["is_again"] = False, True
    return pd.concat([frame, again], ignore_index=True)


def _with_other_categories(frame: pd.DataFrame, work: Planting) -> pd.DataFrame:
    rng = work.rng
    count = round(len(frame) * work.plan.other_category_share)
    address = rng.integers(0, len(work.x), count)
    other = pd.DataFrame(
        {
            "place": -1,
            "x": work.x[address],
            "y": work.y[address],
            "address": address,
            "minute": rng.integers(0, work.day_count * 1440, count),
            "person": work.new_persons(count),
            "theme": "overig",
            "category": "other",
            "is_again": False,
        }
    )
    return pd.concat([frame, other], ignore_index=True)


def _with_texts(frame: pd.DataFrame, work: Planting) -> pd.DataFrame:
    rng = work.rng
    frame["omschrijving"] = [write_text(theme, rng) for theme in frame["theme"]]
    is_same_text = frame["is_again"] & (rng.random(len(frame)) < 0.5)
    is_series = (frame["source"] == "one reporter") & (rng.random(len(frame)) < 0.5)
    first_text = frame.groupby(["person", "place"])["omschrijving"].transform("first")
    frame["omschrijving"] = frame["omschrijving"].where(~(is_same_text | is_series), first_text)
    is_drugs, is_other = frame["category"] == "drugs", frame["category"] == "other"
    frame["hoofdcategorie"] = np.where(is_drugs, "Overlast drugs", "Overlast personen")
    frame["subcategorie"] = np.where(
        is_drugs,
        rng.choice(["Dealen", "Gebruik", "Drugs algemeen"], len(frame)),
        rng.choice(["Jongeren", "Personen", "Dak- en thuislozen", ""], len(frame)),
    )
    told = pd.Series(map(SUBCATEGORIES.get, zip(frame["category"], frame["theme"], strict=True)), frame.index)
    is_vague = frame["subcategorie"].isin(["Drugs algemeen", ""])
    frame["subcategorie"] = frame["subcategorie"].where(told.isna() | is_vague, told)
    frame.loc[is_other, "hoofdcategorie"] = rng.choice(OTHER_CATEGORIES, int(is_other.sum()))
    frame.loc[is_other, "subcategorie"] = ""
    return frame


def _with_locations(frame: pd.DataFrame, work: Planting) -> pd.DataFrame:
    """Write each location as coordinates, an address, both or a postcode only, with its precision."""
    rng, count, table = work.rng, len(frame), work.city.addresses
    address = frame["address"].to_numpy()
    has_address = address >= 0
    style = rng.choice(["both", "coordinates", "address"], count, p=rng.dirichlet([8, 4, 3]))
    style = np.where(has_address, style, "coordinates")
    is_default = (frame["source"] == "default geocode").to_numpy()
    style = np.where(is_default, np.where(rng.random(count) < 0.5, "both", "coordinates"), style)
    is_coarse = has_address & ~is_default & (rng.random(count) < work.plan.coarse_share)
    style = np.where(is_coarse, "postcode", style)
    writes_address = np.isin(style, ["both", "address"])
    for column, name in (
        ("straatnaam", "street"),
        ("huisnummer", "house_number"),
        ("huisletter", "house_letter"),
        ("huisnummertoevoeging", "house_suffix"),
        ("postcode", "postcode"),
        ("woonplaats", "town"),
    ):
        text = table[name].astype(str).to_numpy(dtype=object)[address]
        shown = writes_address | (is_coarse & (name in ("street", "postcode", "town")))
        frame[column] = np.where(shown, text, "")
    is_off = np.isin(style, ["both", "coordinates"]) & (rng.random(count) < 0.3) & ~is_default
    error_m = np.clip(rng.normal(0, 4, (2, count)), -12, 12) * is_off
    x, y = (frame["x"] + error_m[0]).round(0), (frame["y"] + error_m[1]).round(0)
    has_coordinates = np.isin(style, ["both", "coordinates"])
    frame["rd_x"] = np.where(has_coordinates, x.astype(int).astype(str), "")
    frame["rd_y"] = np.where(has_coordinates, y.astype(int).astype(str), "")
    x, y = np.where(has_coordinates, x, frame["x"]), np.where(has_coordinates, y, frame["y"])
    centroid = table.groupby("postcode")[["x", "y"]].mean().reindex(table["postcode"]).to_numpy()
    x = np.where(is_coarse, centroid[address, 0], x)
    y = np.where(is_coarse, centroid[address, 1], y)
    frame["lon"], frame["lat"] = work.city.projection.to_degrees(x, y)
    frame["precision"] = np.where(is_coarse, str(Precision.POSTCODE), str(Precision.ADRES))
    frame["radius_m"] = np.where(is_coarse, 85.0, 10.0)
    frame["fate"] = np.where(frame["category"] == "other", "other", "counted")
    return frame


def _with_dirt(frame: pd.DataFrame, work: Planting) -> pd.DataFrame:
    """Add the errors that real exports are full of, each with what an import should make of it."""
    rng = work.rng
    kinds = ("no number", "zero", "swapped", "degrees", "comma", "bad date", "no id", "outside", "same id")
    dirt = np.where(rng.random(len(frame)) < work.plan.dirty_share, rng.choice(kinds, len(frame)), "").astype(
        object
    )
    has_xy = (frame["rd_x"] != "").to_numpy()
    screened = (frame["category"] != "other").to_numpy()
    has_number = frame["huisnummer"] != ""

    def put(rows: "pd.Series[bool]", **values: Any) -> None:
        for column, value in values.items():
            frame.loc[rows, column] = value

    rows = (dirt == "no number") & has_number
    put(rows, huisnummer="", huisletter="", postcode="", rd_x="", rd_y="")
    put(rows, precision=str(Precision.STRAAT), radius_m=250.0)
    has_number &= ~rows

    rows = (dirt == "zero") & has_xy
    put(rows, rd_x="0", rd_y="0")
    put(rows & screened & ~has_number, fate="unlocated")
    addresses = work.city.addresses.iloc[frame.loc[rows & has_number, "address"]]
    put(rows & has_number, lon=addresses["lon"].to_numpy(), lat=addresses["lat"].to_numpy())

    rows = (dirt == "swapped") & has_xy
    put(rows, rd_x=frame.loc[rows, "rd_y"], rd_y=frame.loc[rows, "rd_x"])
    rows = (dirt == "degrees") & has_xy
    put(rows, rd_x=frame["lon"].map("{:.6f}".format), rd_y=frame["lat"].map("{:.6f}".format))
    rows = (dirt == "comma") & has_xy
    put(rows, rd_x=frame["rd_x"] + ",0", rd_y=frame["rd_y"] + ",0")

    rows = dirt == "bad date"
    unreadable = rng.choice(["onbekend", "", "2023-13-45 99:99"], int(rows.sum()))
    put(rows, meldtijd=unreadable, moment=pd.NaT, fate="rejected")
    put(dirt == "no id", meldingnummer="", fate="rejected")
    rows = (dirt == "outside") & has_xy
    metres = frame.loc[rows, "rd_x"].str.split("[,.]").str[0].astype(float)
    put(rows, rd_x=(metres - 45_000).map("{:.0f}".format), fate="rejected")

    again: pd.DataFrame = frame[dirt == "same id"].copy()
    again["fate"] = "repeated"
    return pd.concat([frame, again], ignore_index=True)
