"""Reading attention places: one record as every output names it, for who may know of dwellings where it lies.

An attention place has few reports, so one new report can be told from its figures. It is therefore as closed
as a dwelling is, whatever it points at: only who may see the reports of its area reads of it.
"""

from datetime import date
from typing import Any

import shapely
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from hotspots.access.rights import Visibility
from hotspots.detection.attention_model import Share
from hotspots.geography.gebieden import gebied_of
from hotspots.model import Soort, Soortoordeel
from hotspots.settings import Settings
from hotspots.store.attention_tables import attention_places, attention_states
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspot_states
from hotspots.tracking.hotspots import judgement_of
from hotspots.tracking.runs import latest_run_id
from hotspots.tracking.selection import buurten_of
from hotspots.tracking.visibility import lies_in
from hotspots.wording import count, number


class AttentionPlaceRecord(BaseModel):
    """Een plek die nog geen hotspot is, zoals die na een ronde bekend was."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, arbitrary_types_allowed=True
    )

    id: str = Field(description="Vast kenmerk (UUID); ook van de hotspot die de plek kan worden")
    nummer: str = Field(description="Nummer voor mensen; de plek houdt het als zij een hotspot wordt")
    naam: str = Field(description="Hoe mensen de plek noemen; nooit het adres van een woning")
    soort: Soort = Field(description="Eén adres (woning) of een plek met meer adressen (gebied)")
    soort_oordeel: Soortoordeel = Field(description="De soort, met of die zeker is")
    sinds: date = Field(description="Peildatum van de ronde waarin de plek voor het eerst is getoond")
    aantal_meldingen: int = Field(description="Meldingen in de periode waarover is gekeken")
    aantal_kort_geleden: int = Field(description="Meldingen in de laatste weken")
    aantal_dagen: int = Field(description="Verschillende dagen met een melding")
    aantal_weken: int = Field(description="Verschillende weken met een melding")
    aantal_melders: int | None = Field(
        description="Verschillende bekende melders; leeg als die onbekend zijn"
    )
    eerste_melding: date = Field(description="Dag van de eerste melding")
    laatste_melding: date = Field(description="Dag van de laatste melding")
    verwacht: float | None = Field(description="Meldingen die de omgeving doet verwachten")
    aandeel: float = Field(description="Deel van zulke plekken dat op tijd een hotspot werd, 0 tot 1")
    aandeel_van: float = Field(description="Ondergrens van dat deel (95 %)")
    aandeel_tot: float = Field(description="Bovengrens van dat deel (95 %)")
    aantal_vergeleken: int = Field(description="Over hoeveel plekken dat deel gaat")
    eigen_verleden: bool = Field(description="Gemeten in het eigen verleden; anders in nagebootste jaren")
    uitleg: str = Field(description="Waarom de plek wordt getoond, in gewone zinnen")
    nog_niet: str = Field(description="Waarom de plek nog geen hotspot is")
    lon: float = Field(description="Midden, lengtegraad (WGS 84)")
    lat: float = Field(description="Midden, breedtegraad (WGS 84)")
    buurtcode: str | None = Field(description="CBS-buurt van het midden")
    buurtnaam: str | None = Field(description="Naam van die buurt")
    gebied: str | None = Field(description="Gebied van het gebiedsteam")
    geometry: BaseGeometry = Field(exclude=True)

    def properties(self) -> dict[str, Any]:
        """All fields but the geometry, JSON-able, under their contract names."""
        return self.model_dump(mode="json", by_alias=True)


def read_attention_places(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    as_of: date | None = None,
    gebied: str | None = None,
) -> list[AttentionPlaceRecord]:
    """Read the attention places of a run, the likeliest first; none that is a hotspot by then."""
    run_id = latest_run_id(connection, as_of)
    state = attention_states.c
    is_hotspot = select(hotspot_states.c.hotspot_id).where(
        hotspot_states.c.run_id == run_id, hotspot_states.c.hotspot_id == state.attention_id
    )
    query = (
        select(*attention_states.c, attention_places.c.number)
        .add_columns(areas.c.buurtnaam, areas.c.wijkcode, areas.c.wijknaam)
        .join(attention_places, attention_places.c.id == state.attention_id)
        .outerjoin(areas, areas.c.buurtcode == state.buurtcode)
        .where(state.run_id == run_id, ~is_hotspot.exists())
        .where(lies_in(connection, settings, visibility.dwellings, state.buurtcode))
        .order_by(state.chance.desc(), state.attention_id)
    )
    if gebied is not None:
        codes = buurten_of(connection, settings, gebied, also_codes=False)
        query = query.where(state.buurtcode.in_(codes))
    return [_record(dict(row), settings) for row in connection.execute(query).mappings()]


def _record(row: dict[str, Any], settings: Settings) -> AttentionPlaceRecord:
    share = Share(row["became_count"], row["looked_at_count"], is_own=row["is_own"])
    low, high = share.interval
    local_day = settings.municipality.local_day
    gebied = None
    if row["wijkcode"] is not None:
        gebied = gebied_of(row["buurtcode"], row["wijkcode"], row["wijknaam"], settings.areas.gebieden)
    return AttentionPlaceRecord(
        id=row["attention_id"],
        nummer=row["number"],
        naam=row["place_name"],
        soort=row["soort"],
        soort_oordeel=judgement_of(row["soort"], row["soort_certainty"], settings.detection),
        sinds=row["first_shown"],
        aantal_meldingen=row["report_count"],
        aantal_kort_geleden=row["recent_count"],
        aantal_dagen=row["day_count"],
        aantal_weken=row["week_count"],
        aantal_melders=row["reporter_count"],
        eerste_melding=local_day(row["first_report"]),
        laatste_melding=local_day(row["last_report"]),
        verwacht=row["expected"],
        aandeel=round(share.share, 3),
        aandeel_van=round(low, 3),
        aandeel_tot=round(high, 3),
        aantal_vergeleken=share.looked_at,
        eigen_verleden=share.is_own,
        uitleg=explained(
            row["report_count"],
            row["reporter_count"],
            row["week_count"],
            share,
            within_weeks=settings.attention.within_weeks,
        ),
        nog_niet=row["not_yet"],
        gebied=gebied,
        geometry=shapely.from_wkb(row["geometry"]),
        **{name: row[name] for name in ("lon", "lat", "buurtcode", "buurtnaam")},
    )


_WEEKS = {1: "één week", 2: "twee weken", 3: "drie weken", 4: "vier weken", 5: "vijf weken", 6: "zes weken"}


def explained(reports: int, reporters: int | None, weeks: int, share: Share, *, within_weeks: int) -> str:
    """Say in plain sentences what is counted of a place, and what became of places like it.

    Examples
    --------
    >>> reports, share = explained(5, 4, 3, Share(40, 100, is_own=True), within_weeks=6).split(". ")
    >>> reports
    '5 meldingen van 4 melders in 3 weken'
    >>> share
    'Van zulke plekken werd 4 op de 10 binnen zes weken een hotspot (3 tot 5).'
    """
    by = "" if reporters is None else f" van {count(reporters, 'melder', 'melders')}"
    low, high = share.interval
    within = _WEEKS.get(within_weeks, f"{number(within_weeks)} weken")
    between = f"{_of_ten(low)} tot {_of_ten(high)}"
    origin = "" if share.is_own else ", gemeten in nagebootste jaren"
    return (
        f"{count(reports, 'melding', 'meldingen')}{by} in {count(weeks, 'week', 'weken')}. Van zulke plekken "
        f"werd {_of_ten(share.share)} op de 10 binnen {within} een hotspot ({between}{origin})."
    )


def _of_ten(share: float) -> str:
    return number(round(share * 10))
