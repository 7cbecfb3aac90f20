"""`/jaar`: what a year or any period came to, with a sentence ready for the plan."""

from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import model_validator

from api.http.periods import PeriodQuery, YearQuery, refuse_unknown
from api.http.sign_in import Now, Reader, Reading
from api.pages.duiding_view import written_beside
from api.pages.map_sheet import visible_gebieden
from api.pages.own_areas import areas_to_choose
from api.pages.public_account import share_address
from api.pages.rendering import reader_of, render
from api.pages.sentences import effect_sentences
from api.pages.week_and_map import without_empty
from hotspots.access.rights import Right, reachable_gebieden
from hotspots.casework.duidingen import read_duidingen
from hotspots.model import Indicatie
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.embeds import EmbedKind
from hotspots.publishing.figures.beside import other_figures_beside
from hotspots.publishing.public_account import published_years
from hotspots.publishing.year.account import read_year_account
from hotspots.publishing.year.map import draw_year_map
from hotspots.publishing.year.period import Period, read_known_days
from hotspots.publishing.year.places import Decision
from hotspots.publishing.year.words import (
    change_sentence,
    change_words,
    days_words,
    pooled_sentences,
    suggestion_sentence,
)
from hotspots.store.areas import load_areas
from hotspots.wording import YEARS

router = APIRouter(include_in_schema=False)


class YearForm(YearQuery):
    """Query parameters of the page of a year."""

    _drop_empty = model_validator(mode="before")(without_empty)


class PeriodForm(PeriodQuery):
    """Query parameters of the page of any period."""

    _drop_empty = model_validator(mode="before")(without_empty)


@router.get("/jaar")
def get_period(
    request: Request, form: Annotated[PeriodForm, Query()], reader: Reader, now: Now
) -> HTMLResponse:
    """Show the period that is asked for, or the last whole year of which there are figures."""
    today = reader.settings.municipality.local_day(now)
    period = form.period
    if period is None:
        year = read_known_days(reader.connection, reader.settings).last_whole_year(today)
        period = None if year is None else Period.of_year(year)
    return _show(request, reader, period, form, today)


@router.get("/jaar/{jaar}")
def get_year(
    request: Request,
    jaar: Annotated[int, Path(ge=YEARS[1], le=YEARS[-2])],
    form: Annotated[YearForm, Query()],
    reader: Reader,
    now: Now,
) -> HTMLResponse:
    """Show a calendar year."""
    today = reader.settings.municipality.local_day(now)
    return _show(request, reader, Period.of_year(jaar), form, today)


def _show(
    request: Request, reader: Reading, period: Period | None, form: YearForm | PeriodForm, today: date
) -> HTMLResponse:
    connection, settings, visibility = reader
    known = read_known_days(connection, settings)
    if period is None:
        return render(request, "year.html", title="Jaarcijfers", account=None, years=known.years)
    refuse_unknown(known, period)
    actor = reader_of(request)
    account = read_year_account(
        connection,
        settings,
        period=period,
        visibility=visibility,
        cases=reachable_gebieden(actor, Right.READ_CASES),
        today=today,
        gebied=form.gebied,
        buurt=form.buurt,
        with_effects=form.effect,
    )
    areas = load_areas(connection, settings.areas.gebieden)
    gebieden = visible_gebieden(areas, visibility)
    shown = areas[areas["gebied"].isin(gebieden)].sort_values(["gebied", "buurtnaam"])
    return render(
        request,
        "year.html",
        title=f"Jaarcijfers {period.words}" if period.year else f"Cijfers van {period.words}",
        account=account,
        has_before=any(line.reports_before is not None for line in account.buurten),
        has_places_before=account.places_before.before is not None,
        years=known.years,
        form=form,
        choosable=areas_to_choose(connection, gebieden, actor),
        buurten=dict(zip(shown["buurtcode"], shown["buurtnaam"], strict=True)),
        address=address_of(period, form),
        filters=_filters(form),
        download=_download_of(period, form),
        share=share_address(actor, gebied=form.gebied, soort=EmbedKind.JAAR, jaar=period.year)
        if period.year in published_years(connection) and form.buurt is None
        else None,
        map=draw_year_map(account, areas),
        duidingen=read_duidingen(
            connection,
            settings,
            visibility=visibility,
            reader=actor,
            van=period.first,
            tot=period.last,
            gebied=form.gebied,
            buurt=form.buurt,
        ),
        written=written_beside(
            connection,
            settings,
            actor,
            van=period.first,
            tot=period.last,
            gebied=form.gebied,
            buurt=form.buurt,
        ),
        beside=None
        if period.year is None
        else other_figures_beside(
            connection,
            settings,
            visibility=visibility,
            today=today,
            until=period.year,
            gebied=form.gebied,
            buurt=form.buurt,
            is_beside=True,
        ),
        suggestion=suggestion_sentence(account.places),
        change_sentence=change_sentence,
        change_words=change_words,
        days_words=days_words,
        pooled=pooled_sentences(account.measures)
        if account.measures and account.measures.has_effects
        else [],
        effect_sentences=effect_sentences,
        decisions=Decision,
        indicaties=Indicatie,
        ROUND_TO=ROUND_TO,
    )


def address_of(period: Period, form: YearQuery) -> str:
    """The address of the page of a period with this choice of an area."""
    query = "&".join(filter(None, (period.query, _filters(form))))
    path = f"/jaar/{period.year}" if period.year else "/jaar"
    return f"{path}?{query}" if query else path


def _download_of(period: Period, form: YearQuery) -> str:
    """The address of the same as a file, up to its kind."""
    path = f"/jaar/{period.year}/download" if period.year else "/jaar/download"
    return f"{path}?{'&'.join(filter(None, (period.query, _filters(form), 'vorm=')))}"


def _filters(form: YearQuery) -> str:
    chosen = {"gebied": form.gebied, "buurt": form.buurt}
    return urlencode({name: value for name, value in chosen.items() if value}, quote_via=quote)
