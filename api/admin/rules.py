"""`/beheer/regels`: previews of what other rules would have flagged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, Lt
from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.rule_words import RULES, RuleGroup
from api.admin.sections import AdminRequest, Asked, Sent
from api.http.dependencies import ReadConnection
from api.http.forms import Form
from hotspots.access.rights import Right, may, reachable_gebieden, visibility_of
from hotspots.errors import ForbiddenError, LockedError, NotFoundError, SettingsError
from hotspots.model import Soort
from hotspots.settings import DetectionSettings, Settings
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

PREFIX = "detection."

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


@dataclass(frozen=True)
class PlaceLine:
    """A place that is added or dropped by the other rules."""

    place: PreviewedPlace
    buurtnaam: str
    gebied: str

    @property
    def weeks(self) -> list[date]:
        """The runs that signal it, under the rules that do."""
        return sorted(self.place.weeks_proposed or self.place.weeks_now)


@router.get("")
def get_rules(asked: Asked, connection: ReadConnection) -> HTMLResponse:
    """Show the present rules with their reasons, a form to try others, and earlier previews."""
    _require_not_blind(asked)
    return _rules_page(asked, read_previews(connection, asked.settings, now=asked.now), {}, "")


@router.post("")
def post_rules(sent: Sent, form: Form) -> Response:
    """Start a preview of what these rules would have flagged, in a separate process."""
    _require_not_blind(sent)
    changes = _changes(form, sent.settings)
    try:
        preview_id = ask_preview(
            sent.database, sent.settings, actor=sent.actor, changes=changes, now=sent.now
        )
    except (SettingsError, LockedError, NotFoundError) as error:
        with sent.database.reading() as connection:
            previews = read_previews(connection, sent.settings, now=sent.now)
        return _rules_page(sent, previews, form, _problem(error, changes), status=409)
    start_preview(sent.settings, preview_id)
    return RedirectResponse(f"/beheer/regels/{preview_id}", status_code=303)


@router.get("/{proef}")
def get_preview(asked: Asked, preview_id: PreviewId, connection: ReadConnection) -> HTMLResponse:
    """Show the progress or result of a preview, with the places that the reader may know of."""
    _require_not_blind(asked)
    preview = read_preview(connection, asked.settings, preview_id, now=asked.now)
    lines = _visible(preview, asked, connection)
    weeks = _weeks(preview, [line.place for line in lines])
    return asked.page(
        "preview.html",
        section="/beheer/regels",
        title=f"Proef {preview.id}",
        preview=preview,
        changes=[_change_line(change, asked.settings) for change in preview.changes],
        comes=[line for line in lines if line.place.change == "comes"],
        goes=[line for line in lines if line.place.change == "goes"],
        stays=sum(line.place.change == "stays" for line in lines),
        weeks=weeks,
        highest=max((max(week.now, week.proposed) for week in weeks), default=0),
        sees_dwellings=may(asked.actor, Right.READ_DWELLINGS, None),
        buurten=_buurten(lines),
    )


@router.post("/{proef}")
def post_stop(sent: Sent, preview_id: PreviewId) -> Response:
    """Stop a running preview."""
    stop_preview(sent.database, preview_id, actor=sent.actor)
    return RedirectResponse(f"/beheer/regels/{preview_id}", status_code=303)


def _require_not_blind(asked: AdminRequest) -> None:
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


def _rules_page(
    asked: AdminRequest,
    previews: Sequence[Preview],
    sent: Mapping[str, str],
    problem: str,
    status: int = 200,
) -> HTMLResponse:
    return asked.page(
        "rules.html",
        section="/beheer/regels",
        status_code=status,
        title="Regels proberen",
        groups=[(group, _fields(group, asked.settings, sent)) for group in RULES],
        previews=previews,
        running=next((preview for preview in previews if preview.state == "running"), None),
        problem=problem,
    )


def _fields(group: RuleGroup, settings: Settings, sent: Mapping[str, str]) -> list[RuleField]:
    fields = []
    for name, rule in group.rules.items():
        bounds: dict[str, Any] = {}
        for mark in DetectionSettings.model_fields[name].metadata:
            match mark:
                case Ge(ge=value) | Gt(gt=value):
                    bounds["least"] = value
                case Le(le=value) | Lt(lt=value):
                    bounds["most"] = value
        present = written(getattr(settings.detection, name))
        step = "1" if isinstance(getattr(settings.detection, name), int) else "any"
        value = sent.get(name, present)
        fields.append(RuleField(name, rule.label, rule.why, value, present, step, **bounds))
    return fields


def _changes(form: Mapping[str, str], settings: Settings) -> list[str]:
    """The changes to the present rules, as ``section.key=value``; a decimal comma is read as a point."""
    changes = []
    for name in (name for group in RULES for name in group.rules):
        value = form.get(name, "").strip().replace(",", ".")[:40]
        if value and value != written(getattr(settings.detection, name)):
            changes.append(f"{PREFIX}{name}={value}")
    return changes


def written(value: object) -> str:
    """Give the value of a setting as text in a form.

    Examples
    --------
    >>> written(8), written(0.005), written(1000.0)
    ('8', '0.005', '1000')
    """
    return f"{value:g}" if isinstance(value, float) else str(value)


def _problem(error: Exception, changes: Sequence[str]) -> str:
    if isinstance(error, LockedError):
        return "Er loopt al een proef. Wacht tot die klaar is, of stop die."
    if isinstance(error, NotFoundError):
        return "Er zijn nog geen meldingen om regels op te proberen."
    if not changes:
        return "Verander eerst een regel: nu is alles zoals het is."
    return "Deze waarden kunnen niet: een is geen getal, ligt buiten de grenzen, of past niet bij een andere."


def _change_line(change: str, settings: Settings) -> tuple[str, str, str, str]:
    """The name of a setting, its label, its present value and the proposed one."""
    name, _, value = change.removeprefix(PREFIX).partition("=")
    label = next((group.rules[name].label for group in RULES if name in group.rules), name)
    return name, label, written(getattr(settings.detection, name, "")), value


def _visible(preview: Preview, asked: AdminRequest, connection: Any) -> list[PlaceLine]:
    areas = load_areas(connection, asked.settings.areas.gebieden)
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
    counts = Counter((line.buurtnaam, line.gebied, line.place.change) for line in lines)
    return [
        BuurtLine(*where, *(counts[*where, change] for change in ("comes", "goes", "stays")))
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
