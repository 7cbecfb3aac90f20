"""Renders pages from templates, with what every page has."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from api.http.forms import FormTokens
from api.http.metrics import route_of
from api.http.sign_in import session_of
from api.pages.assets import asset_url
from api.pages.help_links import help_of
from api.pages.kept_forms import with_kept_forms
from api.pages.navigation import entries_for
from api.pages.theme import style_variables
from hotspots import wording
from hotspots.access.access_changes import who
from hotspots.access.right_words import short_right
from hotspots.access.rights import Actor
from hotspots.casework.tasks import Task
from hotspots.errors import HotspotsError
from hotspots.model import Trend
from hotspots.publishing.disclosure import NOT_DISCLOSED, THRESHOLD
from hotspots.publishing.geoparquet import can_write_geoparquet
from hotspots.publishing.symbols import SYMBOLS
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.plain_reasons import in_short, plain_reasons
from hotspots.tracking.runs import is_simulated
from hotspots.tracking.signalling import WHAT_IT_MEANS, stopped_sentence

templates = Environment(
    loader=PackageLoader("api"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def trend_sign(trend: Trend) -> Markup:
    """The sign of a trend with its word, as every card of a list has it."""
    return Markup(templates.get_template("parts.html").module.trend(trend))  # type: ignore[attr-defined]  # noqa: S704  # Jinja escaped it


def cards_of(
    hotspots: Sequence[Hotspot],
    *,
    links: bool = True,
    reasons: int = 1,
    commonest: bool = False,
    tasks: Mapping[str, Task] | None = None,
    found: Mapping[str, str] | None = None,
) -> list[Markup]:
    """What lists tell of each hotspot, with its task, and why a search found it.

    Parameters
    ----------
    reasons, commonest
        How many reasons are told, and whether what was reported most often is.
    tasks, found
        By id of the hotspot.
    """
    tasks, found = tasks or {}, found or {}
    return [
        _card(spot, links, reasons, commonest, tasks.get(spot.id), found.get(spot.id)) for spot in hotspots
    ]


@lru_cache(maxsize=2_000)  # there are hundreds on a page, and most are as they were
def _card(
    hotspot: Hotspot, links: bool, reasons: int, commonest: bool, task: Task | None, why: str | None
) -> Markup:
    made = templates.get_template("parts.html").module.card(  # type: ignore[attr-defined]
        hotspot, links, reasons, commonest, task, why
    )
    return Markup(made)  # noqa: S704  # Jinja escaped it


def with_commands(text: str) -> Markup:
    """Mark the commands that a text quotes, which are no words of the sentence.

    Examples
    --------
    >>> str(with_commands("Zet 'hotspots schedule' <aan>."))
    'Zet <code>hotspots schedule</code> &lt;aan&gt;.'
    """
    return Markup(re.sub("&#39;(hotspots [^&]*)&#39;", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped


def marked(text: str) -> Markup:
    """Mark what stands between backticks, such as settings and names of files, which are no words.

    Examples
    --------
    >>> str(marked("Zet `host` <goed>."))
    'Zet <code>host</code> &lt;goed&gt;.'
    """
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped


templates.filters |= {"marked": marked, "with_commands": with_commands, "who": who}
templates.filters["lower_first"] = wording.lower_first
templates.filters |= {
    "day": wording.day,
    "listed": wording.listed,
    "quarter": wording.quarter,
    "right": short_right,
    "week": wording.week,
    "number": wording.number,
    "short_day": wording.short_day,
}
templates.globals |= {
    "asset_url": asset_url,
    "cards_of": cards_of,
    "count": wording.count,
    "in_short": in_short,
    "plain_reasons": plain_reasons,
    "trend_sign": trend_sign,
    "SYMBOLS": SYMBOLS,
    "TRENDS": wording.TRENDS,
    "AARDEN": wording.AARDEN,
    "SOORTEN": wording.SOORTEN,
    "SOORTOORDELEN": wording.SOORTOORDELEN,
    "INDICATIES": wording.INDICATIES,
    "STATUSES": wording.STATUSES,
    "THRESHOLD": THRESHOLD,
    "NOT_DISCLOSED": NOT_DISCLOSED,
    "WHAT_STOPPED_MEANS": WHAT_IT_MEANS,
    "HAS_GEOPARQUET": can_write_geoparquet(),
}


def render(request: Request, template: str, **values: Any) -> HTMLResponse:
    """Render a page.

    Parameters
    ----------
    template
        Name of the file in `api/templates`.
    values
        Values for the template, besides those of every page; `drawn` is the map on it, if any.
    """
    drawn = values.get("drawn") or getattr(values.get("sheet"), "drawn", None)
    if drawn is not None:
        request.state.image_origins = drawn.origins
    return HTMLResponse(with_kept_forms(request, reader_of(request), _text(request, template, values)))


def render_error(
    request: Request, status: int, title: str, sentences: Sequence[str], headers: Mapping[str, str] | None
) -> HTMLResponse:
    """Render an error page."""
    text = _text(request, "error.html", {"title": title, "sentences": sentences})
    return HTMLResponse(text, status_code=status, headers=dict(headers or {}))


def _text(request: Request, template: str, values: Mapping[str, Any]) -> str:
    shown = values.get("shown") or getattr(values.get("sheet"), "shown", None)  # a map, which knows it
    told = _told_by(shown) if hasattr(shown, "stopped") else _read_told(request)
    actor = reader_of(request)
    session = session_of(request)
    shared = {
        "municipality": request.app.state.settings.municipality.name,
        "nonce": request.state.nonce,
        "variables": style_variables(request.app.state.settings.service),
        "is_simulated": told.is_simulated,
        "stopped": told.stopped,
        "path": request.url.path,
        "help_address": help_of(route_of(request.scope)),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "actor": actor,
        "menu": entries_for(actor),
        "csrf": FormTokens(request, session, actor) if actor and session else "",
        # of random length, so that the length of a compressed page discloses nothing of its content
        "padding": secrets.token_hex(secrets.randbelow(48)) if actor else "",
    }
    return templates.get_template(template).render(shared | dict(values))


def reader_of(request: Request) -> Actor | None:
    """The reader of a page, if its route identified one; None otherwise."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor


@dataclass(frozen=True)
class _Told:
    """What every page says above all else, if it is so."""

    is_simulated: bool = False
    stopped: str = ""


def _told_by(shown: Any) -> _Told:
    """What a map knows already."""
    return _Told(shown.is_simulated, shown.stopped)


def _read_told(request: Request) -> _Told:
    try:
        with request.app.state.database.reading() as connection:
            return _Told(is_simulated(connection), stopped_sentence(connection, request.app.state.settings))
    except HotspotsError:  # the database can't be reached: the page says so, and shows no data to warn about
        return _Told()
