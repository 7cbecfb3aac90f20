"""`/kaart/plaatje`: a picture of the hotspots of a week, a quarter, a year or any days, for a letter."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field, model_validator
from starlette.exceptions import HTTPException

from api.http.dependencies import Name, QueryParameters
from api.pages.downloads import Taken, Taker, answer_logged, make_file, pictured_area
from api.pages.picture_choices import OTHER_DAYS, period_named
from api.pages.week_and_map import without_empty
from hotspots.errors import NotFoundError
from hotspots.publishing.period_map import build_period_map
from hotspots.publishing.symbols import View
from hotspots.publishing.taken_along import Kind
from hotspots.publishing.weekly_map import period_in_words
from hotspots.publishing.year.period import Period
from hotspots.store.areas import load_areas
from hotspots.tracking.own_areas import OWN
from hotspots.tracking.runs import latest_run
from hotspots.wording import week_code

_DAYS_OF_WEEK = 6

router = APIRouter(include_in_schema=False)


class PictureForm(QueryParameters):
    """Query parameters of a picture: `periode` (2023-W48, 2023-Q4, 2023), or the days `van` and `tot`."""

    periode: Annotated[str, Field(max_length=10)] | None = None
    van: date | None = None
    tot: date | None = None
    gebied: Name | None = None
    buurt: Name | None = None
    weergave: View = View.TREND
    vorm: Literal["png", "svg"] = "png"
    _drop_empty = model_validator(mode="before")(without_empty)


@router.get("/kaart/plaatje")
def get_picture(form: Annotated[PictureForm, Query()], taking: Taker) -> Response:
    """Give a picture of the places that stood on the list in a period, by the rights of its reader."""
    with taking.database.reading() as connection:
        period = _period(form, latest_run(connection))
        areas = load_areas(connection, taking.settings.areas.gebieden)
        name, codes = pictured_area(connection, areas, taking.visibility, form.gebied, form.buurt)
        try:
            shown = build_period_map(
                connection,
                taking.settings,
                visibility=taking.visibility,
                period=period,
                codes=codes,
                own_area=form.gebied if form.gebied and form.gebied.startswith(OWN) else None,
                area_name=name,
                view=form.weergave,
                areas=areas,
            )
        except NotFoundError:
            words = period_in_words(period.first, period.last)
            raise HTTPException(404, f"Er was geen ronde in deze periode: {words}.") from None
        if period.first.weekday() == 0 and (period.last - period.first).days == _DAYS_OF_WEEK:
            shown = replace(shown, period=None)  # it is the list of that week
        stem = f"{taking.file_stem('hotspots', None, name)}-{period.first}-{period.last}"
        taken = Taken(shown.hotspots, stem, (), shown)
        file = make_file(taking, connection, Kind(form.vorm), taken)
    return answer_logged(taking, file)


def _period(form: PictureForm, latest: date | None) -> Period:
    """The period that is asked for; the last week if none is.

    Raises
    ------
    HTTPException
        If it is none.
    """
    try:
        if form.van is not None and form.tot is not None:
            return Period(form.van, form.tot)
        if form.periode is not None and form.periode != OTHER_DAYS:
            return period_named(form.periode)
        if form == form.model_copy(update={"periode": None, "van": None, "tot": None}) and latest is not None:
            return period_named(week_code(latest))
    except ValueError:
        pass
    words = "Kies een periode, zoals 2023-W48, 2023-Q4 of 2023, of een eerste en een laatste dag."
    raise HTTPException(400, words)
