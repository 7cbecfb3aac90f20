"""Query parameters of what is told of a year or any period."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from starlette.exceptions import HTTPException

from api.http.dependencies import Name, Page, QueryParameters
from hotspots.publishing.year.period import Known, Period
from hotspots.wording import YEARS, day


def _in_years(value: date) -> date:
    if not YEARS[1] <= value.year <= YEARS[-2]:
        raise ValueError(f"moet liggen van {YEARS[1]} tot en met {YEARS[-2]}")
    return value


Day = Annotated[date, AfterValidator(_in_years)]
"""A day that is asked for: there are days before it and after it, in every time zone."""


class YearQuery(QueryParameters):
    """What of a year is told."""

    gebied: Name | None = Field(default=None, description="Naam van een gebied")
    buurt: Name | None = Field(default=None, description="Code van een buurt", examples=["BU09350000"])
    effect: bool | None = Field(
        default=None,
        description="Of van elke maatregel wordt berekend wat die deed; zonder: als dat snel kan",
    )


class PeriodQuery(YearQuery):
    """A period, and what of it is told."""

    van: Day | None = Field(default=None, description="Eerste dag", examples=["2023-04-01"])
    tot: Day | None = Field(default=None, description="Laatste dag, die ook meetelt", examples=["2023-09-30"])

    @model_validator(mode="after")
    def _is_period(self) -> Self:
        if (self.van is None) != (self.tot is None):
            raise ValueError("de eerste dag (van) en de laatste dag (tot) horen bij elkaar: geef allebei")
        if self.van is not None and self.tot is not None and self.tot < self.van:
            raise ValueError("de laatste dag (tot) ligt vóór de eerste dag (van)")
        return self

    @property
    def period(self) -> Period | None:
        """The period, if one is asked for."""
        return None if self.van is None or self.tot is None else Period(self.van, self.tot)


class YearsQuery(PeriodQuery, Page):
    """All query parameters of the list of years."""


def refuse_unknown(known: Known, period: Period) -> None:
    """Answer 404 and say of which days there are data, if of none of this period there are."""
    first, last = known.first, known.last
    if first is None or last is None:
        raise HTTPException(404, "Er zijn nog geen meldingen.")
    if period.last < first or period.first > last:
        found = f"Er zijn gegevens van {day(first)} tot en met {day(last)}."
        raise HTTPException(404, f"Over {period.words} is niets bekend. {found}")
