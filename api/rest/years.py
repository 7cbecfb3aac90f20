"""`/v1/jaren`: what a year, or any period, came to."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Query, Request
from fastapi.responses import Response

from api.http.answers import answer_document
from api.http.paging import Collection, answer_collection, dump_all
from api.http.periods import YearQuery, YearsQuery, refuse_unknown
from api.http.sign_in import Now, Reader, Reading
from api.http.tables import columns_of
from api.rest.routes import Routes
from api.rest.year_documents import YearDocument, YearEntry, YearsPage
from hotspots.access.rights import Actor, Right, reachable_gebieden
from hotspots.publishing.year.account import read_year_account
from hotspots.publishing.year.period import Known, Period, read_known_days
from hotspots.wording import YEARS

router = Routes(tags=["jaren"])


@router.reads("/jaren", "getJaren", "Jaren waarvan er cijfers zijn", YearsPage)
def get_years(request: Request, query: Annotated[YearsQuery, Query()], reader: Reader, now: Now) -> Response:
    """Geeft de jaren, het laatste eerst; met `van` en `tot` ook wat die periode opleverde."""
    today = reader.settings.municipality.local_day(now)
    known = read_known_days(reader.connection, reader.settings)
    years = known.years

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        return dump_all(YearEntry, [_entry(known, year, today) for year in years[offset : offset + limit]])

    told = None
    if query.period is not None:
        told = _document(request, reader, query.period, query, today).model_dump(mode="json", by_alias=True)
    collection = Collection("jaren", len(years), read, columns_of(YearEntry))
    return answer_collection(request, query, collection, more={"periode": told})


@router.reads("/jaren/{jaar}", "getJaar", "Eén jaar", YearDocument)
def get_year(
    request: Request,
    jaar: Annotated[int, Path(ge=YEARS[1], le=YEARS[-2], description="Kalenderjaar", examples=[2023])],
    query: Annotated[YearQuery, Query()],
    reader: Reader,
    now: Now,
) -> Response:
    """Geeft wat een kalenderjaar opleverde: meldingen, plekken, besluiten van mensen, aanpak en duur."""
    known = read_known_days(reader.connection, reader.settings)
    refuse_unknown(known, Period.of_year(jaar))
    today = reader.settings.municipality.local_day(now)
    return answer_document(request, _document(request, reader, Period.of_year(jaar), query, today))


def _document(
    request: Request, reader: Reading, period: Period, query: YearQuery, today: date
) -> YearDocument:
    actor: Actor | None = getattr(request.state, "actor", None)
    account = read_year_account(
        reader.connection,
        reader.settings,
        period=period,
        visibility=reader.visibility,
        cases=reachable_gebieden(actor, Right.READ_CASES),
        today=today,
        gebied=query.gebied,
        buurt=query.buurt,
        with_effects=query.effect,
    )
    chosen = {"gebied": query.gebied, "buurt": query.buurt}
    where = urlencode({name: value for name, value in chosen.items() if value})
    asked = "&".join(filter(None, (period.query, where)))
    path = f"/v1/jaren/{period.year}" if period.year else "/v1/jaren"
    return YearDocument.of(account, f"{path}?{asked}" if asked else path)


def _entry(known: Known, year: int, today: date) -> dict[str, Any]:
    is_over = known.until(Period.of_year(year), today)[1]
    return {"jaar": year, "is_om": is_over, "_links": {"self": {"href": f"/v1/jaren/{year}"}}}
