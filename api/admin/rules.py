"""`/beheer/regels`: the rules and their versions, and previews of what others would have flagged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import geopandas as gpd
from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.preview_map import map_of_buurten, map_of_places
from api.admin.rule_words import PREFIX, RULES, RuleGroup, label_of, written
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.dependencies import ReadConnection
from api.http.forms import Form
from api.http.live_settings import own_settings
from api.pages.maps import SCRIPTS, draw_map
from hotspots.access.rights import Right, may, reachable_gebieden, visibility_of
from hotspots.detection.explanations import NOT_SIGNALLED
from hotspots.errors import ForbiddenError, LockedError, NotFoundError, SettingsError
from hotspots.geography.projection import Projection
from hotspots.model import Soort
from hotspots.operations.job_words import why_failed
from hotspots.settings import Settings
from hotspots.settings.bounds import bounds_of
from hotspots.settings.stored import where_set
from hotspots.store.areas import load_areas
from hotspots.tracking.samples import are_drawn
from hotspots.weekly.preview_jobs import (
    Preview,
    PreviewedPlace,
    ask_preview,
    read_preview,
    read_previews,
    start_preview,
    stop_preview,
)
from hotspots.weekly.rule_changes import open_change, read_changes, stored_rules
from hotspots.wording import count

router = APIRouter(prefix="/beheer/regels", include_in_schema=False)

PreviewId = Annotated[int, Path(alias="proef", ge=1, le=2**53)]


@dataclass(frozen=True)
class RuleField:
    """One setting in the form."""

    name: str
    label: str
    reason: str
    value: str
    present: str
    step: str
    is_fixed: bool = False  # the settings file or the environment sets it
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class WeekLine:
    """One weekly run under both rule sets, with the places that the reader may know of."""

    as_of: date
    now: int
    proposed: int
    comes: int
    goes: int


@dataclass(frozen=True)
class BuurtLine:
    """How many places other rules change in a buurt: all that is told to who may not see reports there."""

    buurtnaam: str
    gebied: str
    comes: int
    goes: int
    stays: int

    @property
    def words(self) -> str:
        """What happens there, in words."""
        parts = [
            f"{count(number, 'plek', 'plekken')} {word}"
            for number, word in ((self.comes, "erbij"), (self.goes, "eraf"))
            if number
        ]
        return f"{self.buurtnaam}: {' en '.join(parts) or 'geen verandering'}."


@dataclass(frozen=True)
class PlaceLine:
    """A place that is added or dropped by the other rules."""

    place: PreviewedPlace
    buurtnaam: str
    gebied: str

    @property
    def name(self) -> str:
        """What the place is called; of a preview of an earlier version only its buurt is known."""
        return self.place.name or self.buurtnaam

    @property
    def words(self) -> str:
        """What happens to it, and why, in words."""
        because = self.place.because.removeprefix(NOT_SIGNALLED)
        if self.place.change == "comes":
            here = f"{self.name} komt erbij, omdat de plek aan deze regels voldoet."
            return f"{here} Nu staat zij niet op de lijst, {because}" if because else here
        return f"{self.name} valt weg, {because or 'omdat de plek niet aan deze regels voldoet.'}"

    @property
    def weeks(self) -> list[date]:
        """The runs that signal it, under the rules that do."""
        return sorted(self.place.weeks_proposed or self.place.weeks_now)


@router.get("")
def get_rules(asked: Asked) -> HTMLResponse:
    """Show the present rules with their reasons, a form to try others, what waits, and earlier versions."""
    require_not_blind(asked)
    return rules_page(asked)


@router.post("")
def post_rules(sent: Sent, form: Form) -> Response:
    """Start a preview of what these rules would have flagged, in a separate process."""
    require_not_blind(sent)
    changes = _changes(form, sent.settings)
    try:
        preview_id = ask_preview(
            sent.database, sent.settings, actor=sent.actor, changes=changes, now=sent.now
        )
    except (SettingsError, LockedError, NotFoundError) as error:
        return rules_page(sent, typed=form, problem=_problem(error, changes), status=409)
    start_preview(sent.settings, preview_id)
    return RedirectResponse(f"/beheer/regels/{preview_id}", status_code=303)


@router.get("/{proef}")
def get_preview(asked: Asked, preview_id: PreviewId, connection: ReadConnection) -> HTMLResponse:
    """Show the progress or result of a preview, with the places that the reader may know of."""
    require_not_blind(asked)
    preview = read_preview(connection, asked.settings, preview_id, now=asked.now)
    areas = load_areas(connection, asked.settings.areas.gebieden)
    lines = _visible(preview, asked, areas)
    weeks = _weeks(preview, [line.place for line in lines])
    comes = [line for line in lines if line.place.change == "comes"]
    goes = [line for line in lines if line.place.change == "goes"]
    buurten = _buurten(lines)
    sees_dwellings = may(asked.actor, Right.READ_DWELLINGS, None)
    if sees_dwellings:
        told = [[(line.words, line.place) for line in chosen] for chosen in (comes, goes)]
        shown = map_of_places(connection, asked.settings, areas, comes=told[0], goes=told[1])
    else:
        changed = [(line.buurtnaam, line.words) for line in buurten if line.comes or line.goes]
        shown = map_of_buurten(connection, asked.settings, areas, changed)
    own = own_settings(asked.request)
    return asked.page(
        "preview.html",
        section="/beheer/regels",
        title=f"Proef {preview.id}",
        preview=preview,
        why_failed=why_failed,
        changes=[_change_line(change, asked.settings) for change in preview.changes],
        comes=comes,
        goes=goes,
        stays=sum(line.place.change == "stays" for line in lines),
        weeks=weeks,
        highest=max((max(week.now, week.proposed) for week in weeks), default=0),
        sees_dwellings=sees_dwellings,
        buurten=buurten,
        shown=shown,
        drawn=draw_map(shown, Projection(asked.settings.municipality.crs), name="proefkaart", links=False),
        scripts=SCRIPTS,
        may_change=may(asked.actor, Right.CHANGE_RULES, None) and open_change(connection) is None,
        needs_two=own.rules.need_two,
        fixed=[label_of(key) for key in map(_key_of, preview.changes) if where_set(own, key) is not None],
    )


@router.post("/{proef}")
def post_stop(sent: Sent, preview_id: PreviewId) -> Response:
    """Stop a running preview."""
    stop_preview(sent.database, preview_id, actor=sent.actor)
    return RedirectResponse(f"/beheer/regels/{preview_id}", status_code=303)


def require_not_blind(asked: AdminRequest) -> None:
    """Refuse who may not try rules, and who decides on places among which samples may be: a trial tells them.

    Raises
    ------
    ForbiddenError
        In either case.
    """
    asked.require(Right.TRY_RULES)
    decides = reachable_gebieden(asked.actor, Right.DECIDE) != frozenset()
    with asked.database.reading() as connection:
        if decides and are_drawn(connection, asked.settings):
            raise ForbiddenError(f"'{asked.actor.name}' wanted to try rules while blind samples are drawn")


def rules_page(
    asked: AdminRequest, *, typed: Mapping[str, str] | None = None, problem: str = "", status: int = 200
) -> HTMLResponse:
    """Show the rules, with what was typed and what is wrong with it."""
    own = own_settings(asked.request)
    with asked.database.reading() as connection:
        previews = read_previews(connection, asked.settings, now=asked.now)
        asked_for = read_changes(connection)
        present = stored_rules(connection)
    versions = [change for change in asked_for if change.outcome == "confirmed"]
    waiting = next((change for change in asked_for if change.outcome is None), None)
    return asked.page(
        "rules.html",
        section="/beheer/regels",
        status_code=status,
        title="Regels",
        groups=[(group, _fields(group, asked.settings, own, typed or {})) for group in RULES],
        waiting=waiting,
        versions=[(change, change.differences(own), change.rules == present) for change in versions],
        refused=[change for change in asked_for if change.outcome in ("refused", "withdrawn")],
        is_as_delivered=not present,
        may_change=may(asked.actor, Right.CHANGE_RULES, None) and waiting is None,
        needs_two=own.rules.need_two,
        label_of=label_of,
        written=written,
        previews=previews,
        running=next((preview for preview in previews if preview.state == "running"), None),
        problem=problem,
    )


def _fields(group: RuleGroup, settings: Settings, own: Settings, sent: Mapping[str, str]) -> list[RuleField]:
    fields = []
    for name, rule in group.rules.items():
        least, most = bounds_of(f"{PREFIX}{name}")
        present = written(getattr(settings.detection, name))
        step = "1" if isinstance(getattr(settings.detection, name), int) else "any"
        value = sent.get(name, present)
        is_fixed = where_set(own, f"{PREFIX}{name}") is not None
        fields.append(RuleField(name, rule.label, rule.why, value, present, step, is_fixed, least, most))
    return fields


def _changes(form: Mapping[str, str], settings: Settings) -> list[str]:
    """The changes to the present rules, as ``section.key=value``; a decimal comma is read as a point."""
    changes = []
    for name in (name for group in RULES for name in group.rules):
        value = form.get(name, "").strip().replace(",", ".")[:40]
        if value and value != written(getattr(settings.detection, name)):
            changes.append(f"{PREFIX}{name}={value}")
    return changes


def _problem(error: Exception, changes: Sequence[str]) -> str:
    if isinstance(error, LockedError):
        return "Er loopt al een proef. Wacht tot die klaar is, of stop die."
    if isinstance(error, NotFoundError):
        return "Er zijn nog geen meldingen om regels op te proberen."
    if not changes:
        return "Verander eerst een regel: nu is alles zoals het is."
    return "Deze waarden kunnen niet: een is geen getal, ligt buiten de grenzen, of past niet bij een andere."


def _key_of(change: str) -> str:
    return change.partition("=")[0]


def _change_line(change: str, settings: Settings) -> tuple[str, str, str, str]:
    """The name of a setting, its label, its present value and the proposed one."""
    name, _, value = change.removeprefix(PREFIX).partition("=")
    return name, label_of(name), written(getattr(settings.detection, name, "")), value


def _visible(preview: Preview, asked: AdminRequest, areas: gpd.GeoDataFrame) -> list[PlaceLine]:
    known = {
        str(code): (str(name), str(gebied))
        for code, name, gebied in zip(areas["buurtcode"], areas["buurtnaam"], areas["gebied"], strict=True)
    }
    visibility = visibility_of(asked.actor)
    lines = []
    for place in preview.places:
        name, gebied = known.get(place.buurtcode or "", ("buurt onbekend", ""))
        soort = Soort.WONING if place.is_dwelling else Soort.GEBIED
        if visibility.shows(soort, gebied or None):
            lines.append(PlaceLine(place, name, gebied))
    return lines


def _buurten(lines: Sequence[PlaceLine]) -> list[BuurtLine]:
    changes = Counter((line.buurtnaam, line.gebied, line.place.change) for line in lines)
    return [
        BuurtLine(*where, *(changes[*where, change] for change in ("comes", "goes", "stays")))
        for where in sorted({(line.buurtnaam, line.gebied) for line in lines})
    ]


def _weeks(preview: Preview, places: Sequence[PreviewedPlace]) -> list[WeekLine]:
    return [
        WeekLine(
            as_of,
            now=sum(as_of in place.weeks_now for place in places),
            proposed=sum(as_of in place.weeks_proposed for place in places),
            comes=sum(as_of in place.weeks_proposed - place.weeks_now for place in places),
            goes=sum(as_of in place.weeks_now - place.weeks_proposed for place in places),
        )
        for as_of in preview.weeks
    ]
