"""`/jaar`: what a year or any period came to, with a sentence ready for the plan."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import model_validator
from sqlalchemy import Connection

from api.http.dependencies import ReadConnection, ServiceSettings
from api.http.periods import PeriodQuery, YearQuery, refuse_unknown
from api.http.sign_in import Now, ReaderVisibility
from api.pages.duiding_view import written_beside
from api.pages.map_sheet import visible_gebieden
from api.pages.own_areas import areas_to_choose
from api.pages.public_account import share_address
from api.pages.rendering import reader_of, render
from api.pages.sentences import effect_sentences
from api.pages.week_and_map import without_empty
from hotspots.access.rights import Actor, Right, Visibility, reachable_gebieden
from hotspots.casework.duidingen import read_duidingen
from hotspots.model import Indicatie
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.embeds import EmbedKind
from hotspots.publishing.figures.beside import other_figures_beside
from hotspots.publishing.public_account import published_years
from hotspots.publishing.year.account import read_year_account
from hotspots.publishing.year.map import draw_year_map
from hotspots.publishing.year.period import Known, Period, read_known_days
from hotspots.publishing.year.places import Decision
from hotspots.publishing.year.words import (
    change_sentence,
    change_words,
    days_words,
    pooled_sentences,
    suggestion_sentence,
)
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.wording import YEARS

router = APIRouter(include_in_schema=False)


class YearForm(YearQuery):
    """Query parameters of the page of a year."""

    _drop_empty = model_validator(mode="before")(without_empty)


class PeriodForm(PeriodQuery):
    """Query parameters of the page of any period."""

    _drop_empty = model_validator(mode="before")(without_empty)


@dataclass(frozen=True)
class Reading:
    """Who reads what, and when."""

    connection: Connection
    settings: Settings
    visibility: Visibility
    actor: Actor | None
    today: date
    known: Known


@router.get("/jaar")
def get_period(
    request: Request,
    form: Annotated[PeriodForm, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
    now: Now,
) -> HTMLResponse:
    """Show the period that is asked for, or the last whole year of which there are figures."""
    reading = _reading(request, connection, settings, visibility, now)
    period = form.period
    if period is None:
        year = reading.known.last_whole_year(reading.today)
        period = None if year is None else Period.of_year(year)
    return _show(request, reading, period, form)


@router.get("/jaar/{jaar}")
def get_year(
    request: Request,
    jaar: Annotated[int, Path(ge=YEARS[1], le=YEARS[-2])],
    form: Annotated[YearForm, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
    now: Now,
) -> HTMLResponse:
    """Show a calendar year."""
    reading = _reading(request, connection, settings, visibility, now)
    return _show(request, reading, Period.of_year(jaar), form)


def _reading(
    request: Request, connection: Connection, settings: Settings, visibility: Visibility, now: Now
) -> Reading:
    today = settings.municipality.local_day(now)
    known = read_known_days(connection, settings)
    return Reading(connection, settings, visibility, reader_of(request), today, known)


def _show(
    request: Request, reading: Reading, period: Period | None, form: YearForm | PeriodForm
) -> HTMLResponse:
    connection, settings = reading.connection, reading.settings
    years = reading.known.years
    if period is None:
        return render(request, "year.html", title="Jaarcijfers", account=None, years=years)
    cases = frozenset() if reading.actor is None else reachable_gebieden(reading.actor, Right.READ_CASES)
    refuse_unknown(reading.known, period)
    account = read_year_account(
        connection,
        settings,
        period=period,
        visibility=reading.visibility,
        cases=cases,
        today=reading.today,
        gebied=form.gebied,
        buurt=form.buurt,
        with_effects=form.effect,
        known_days=reading.known,
    )
    areas = load_areas(connection, settings.areas.gebieden)
    gebieden = visible_gebieden(areas, reading.visibility)
    shown = areas[areas["gebied"].isin(gebieden)].sort_values(["gebied", "buurtnaam"])
    return render(
        request,
        "year.html",
        title=f"Jaarcijfers {period.words}" if period.year else f"Cijfers van {period.words}",
        account=account,
        has_before=any(line.reports_before is not None for line in account.buurten),
        has_places_before=account.places_before.before is not None,
        years=years,
        form=form,
        choosable=areas_to_choose(connection, gebieden, reading.actor),
        buurten=dict(zip(shown["buurtcode"], shown["buurtnaam"], strict=True)),
        address=address_of(period, form),
        filters=_filters(form),
        download=_download_of(period, form),
        share=share_address(reading.actor, EmbedKind.JAAR, gebied=form.gebied, jaar=period.year)
        if period.year in published_years(connection) and form.buurt is None
        else None,
        map=draw_year_map(account, load_areas(connection, settings.areas.gebieden)),
        duidingen=read_duidingen(
            connection,
            settings,
            visibility=reading.visibility,
            reader=reading.actor,
            van=period.first,
            tot=period.last,
            gebied=form.gebied,
            buurt=form.buurt,
        ),
        written=written_beside(
            connection,
            settings,
            reading.actor,
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
            visibility=reading.visibility,
            today=reading.today,
            until=period.year,
            gebied=form.gebied,
            buurt=form.buurt,
            is_beside=True,
            known_days=reading.known,
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
