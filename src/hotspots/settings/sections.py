"""The tables of the settings file as frozen models, but [detection].

The defaults stand here; `config/hotspots.toml` repeats them with the reason beside each, and a test keeps the
two equal.
"""

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from hotspots.colours import TEXT_CONTRAST, contrast
from hotspots.settings.addresses import is_address, require_https
from hotspots.settings.secret_keys import (
    HOW_TO_MAKE,
    MIN_KEY_BYTES,
    MIN_TRIAL_BYTES,
    lines_of,
    require_key,
)
from hotspots.settings.section import Section, Share

_CODE_OF_AREA = re.compile(r"(?:BU|WK|GM)[0-9]+", re.IGNORECASE)


class MunicipalitySettings(Section):
    """Whose reports these are."""

    name: str = ""
    code: str = ""
    timezone: str = "Europe/Amsterdam"
    crs: str = "EPSG:28992"

    @field_validator("timezone")
    @classmethod
    def _is_known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"wanted the name of a time zone such as 'Europe/Amsterdam', found {value!r}"
            ) from None
        return value

    @field_validator("crs")
    @classmethod
    def _is_projected_in_metres(cls, value: str) -> str:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            crs = CRS.from_user_input(value)
        except CRSError:
            raise ValueError(f"wanted a coordinate system such as 'EPSG:28992', found {value!r}") from None
        if not crs.is_projected or {axis.unit_name for axis in crs.axis_info} != {"metre"}:
            raise ValueError(f"wanted a projected coordinate system in metres, found {value!r} ({crs.name})")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and weeks are counted."""
        return ZoneInfo(self.timezone)

    def local_day(self, moment: datetime) -> date:
        """The day that it is here at an aware moment."""
        return moment.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The moment at which a day begins here."""
        return datetime.combine(day, time(), self.zone)


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: str = "sqlite:///var/hotspots.sqlite"


class PrivacySettings(Section):
    """What keeps reporters apart without knowing them."""

    reporter_key: SecretStr = SecretStr("")
    reporter_key_file: Path = Path("var/reporter.key")

    @field_validator("reporter_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        shortest = min(map(len, lines_of(given)), default=0)
        if given and shortest < MIN_TRIAL_BYTES:
            raise ValueError(
                f"wanted a key of {MIN_KEY_BYTES} random bytes or more ({MIN_TRIAL_BYTES} to try things "
                f"out), found {shortest or 'blanks'}: {HOW_TO_MAKE}"
            )
        return value


class AreasSettings(Section):
    """Which buurten or wijken form the area of one gebiedsteam."""

    gebieden: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("gebieden")
    @classmethod
    def _are_names(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Refuse names that can't be told from nothing, or from a code: whose area would that be?"""
        codes = {code for some in value.values() for code in some}
        for name in value:
            if not name.strip() or not name.isprintable() or name in codes or _CODE_OF_AREA.fullmatch(name):
                raise ValueError(
                    f"wanted names of gebieden such as 'Team Noord', found {name!r}: give it letters, no code"
                )
        return value


class ReplacingSettings(Section):
    """How much may change when a file replaces all areas or addresses, before a person has to say so."""

    max_lost_share: Share = 0.05
    min_kept_share: Share = 0.5
    moved_m: float = Field(default=100, gt=0)
    redrawn_share: Share = 0.01
    max_outside_share: Share = 0.5
    max_rounded_share: Share = 0.9
    min_judged: int = Field(default=10, ge=1)


class PdokSettings(Section):
    """Where `hotspots setup` gets areas and addresses, and how patiently any collection is fetched."""

    areas: str = "https://api.pdok.nl/cbs/wijken-en-buurten-2024/ogc/v1"
    addresses: str = "https://api.pdok.nl/kadaster/bag/ogc/v2"
    timeout_s: float = Field(default=30, gt=0, le=600)
    attempts: int = Field(default=5, ge=1, le=20)
    max_per_second: float = Field(default=10, gt=0, le=100)
    max_mb: int = Field(default=2000, ge=1)
    max_minutes: float = Field(default=60, gt=0)

    _is_not_overheard = field_validator("areas", "addresses")(require_https)


class SourcesSettings(Section):
    """Where the mapping files of report sources stand."""

    folder: Path = Path("config/sources")


class SignalenSettings(Section):
    """Signalen, read through its private API; off without an address."""

    url: str = ""
    token: SecretStr = SecretStr("")
    source: str = "signalen-api"
    every_minutes: int = Field(default=60, ge=5)
    since: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    page_size: int = Field(default=100, ge=1, le=1000)
    timeout_s: float = Field(default=30, gt=0, le=300)

    _is_not_overheard = field_validator("url")(require_https)

    def first_moment(self, zone: ZoneInfo) -> datetime:
        """The local midnight at which reading begins the first time."""
        return datetime.combine(date.fromisoformat(self.since), time(), zone)


class GeocodingSettings(Section):
    """How addresses without coordinates are located."""

    gazetteer: str = ""
    online: Literal["none", "pdok-locatieserver", "pdok-location-api"] = "none"
    url: str = ""
    user_agent: str = "hotspots (geocoding of reports for a municipality)"
    timeout_s: float = Field(default=4, gt=0, le=60)
    max_per_second: float = Field(default=5, gt=0, le=50)
    attempts: int = Field(default=3, ge=1, le=10)
    max_failures: int = Field(default=3, ge=1)
    max_lost_s: float = Field(default=60, gt=0)
    ask_again_days: int = Field(default=30, ge=1)
    address_radius_m: float = Field(default=10, gt=0)
    max_house_radius_m: float = Field(default=50, gt=0)
    level_with_m: float = Field(default=25, gt=0)
    opposite_m: float = Field(default=40, gt=0)
    near_m: float = Field(default=50, gt=0)
    crossing_gap_m: float = Field(default=120, gt=0)
    crossing_spread_m: float = Field(default=75, gt=0)
    min_coarse_radius_m: float = Field(default=25, gt=0)
    place_radius_m: float = Field(default=40, gt=0)
    place_reach_m: float = Field(default=75, gt=0)
    max_street_radius_m: float = Field(default=250, gt=0)
    max_point_radius_m: float = Field(default=1000, gt=0)
    max_candidates: int = Field(default=8, ge=2)


class CellsSettings(Section):
    """The H3 grid in which reports are counted."""

    resolution: int = Field(default=10, ge=5, le=13)


class Event(Section):
    """Days on which reports tell of an event rather than of a place."""

    name: str
    first: date
    last: date
    areas: tuple[str, ...] = ()  # codes of buurten or wijken; empty: all over the municipality

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"{self.name}: wanted a last day from {self.first} on, found {self.last}")
        return self


class CalendarSettings(Section):
    """Events of the city, such as carnaval: their days alone never make a hotspot."""

    events: tuple[Event, ...] = ()


class StatisticsSettings(Section):
    """Alarms, near repeats and the effect of measures: what stands beside the detection."""

    alarm_min_reports: int = Field(default=3, ge=1)
    alarm_half_window_weeks: int = Field(default=3, ge=1, le=26)
    alarm_years_back: int = Field(default=5, ge=1)
    near_repeat_metres: tuple[float, ...] = (0, 0.1, 100, 200, 400)
    near_repeat_days: tuple[float, ...] = (0, 7, 14, 28)
    effect_min_reports: int = Field(default=5, ge=0)
    rate_min_inhabitants: int = Field(default=100, ge=1)


class TrackingSettings(Section):
    """When a place is the same hotspot as last week's, and when it has ended."""

    max_shift_m: float = Field(default=75, gt=0)
    same_share: Share = 0.3
    mostly_same_jaccard: Share = 0.5
    mostly_same_reach: float = Field(default=2, ge=1)
    parted_share: Share = 0.5
    max_reach_m: float = Field(default=500, gt=0)
    address_near_m: float = Field(default=25, ge=0)
    new_for_weeks: int = Field(default=4, ge=1)
    quiet_after_weeks: int = Field(default=6, ge=1)
    end_after_weeks: int = Field(default=13, ge=1)


class NuisanceSettings(Section):
    """What is told of what the reports of a place are about."""

    mainly_share: float = Field(default=0.6, gt=0.5, le=1)
    # as many as one step of what is told hides among (tracking.told)
    min_reports: int = Field(default=5, ge=5)
    most_subcategories: int = Field(default=3, ge=0)


class NamingSettings(Section):
    """How a place is called."""

    reach_m: float = Field(default=150, gt=0)
    keep_within_m: float = Field(default=25, ge=0)
    dominant_share: Share = 0.6
    corner_gap_m: float = Field(default=40, gt=0)
    most_crossing: int = Field(default=6, ge=2)
    min_addresses: int = Field(default=10, ge=1)


class WorkflowSettings(Section):
    """How long people have for each step, and when a place that was judged comes back."""

    verification_days: int = Field(default=14, ge=1)
    plan_days: int = Field(default=28, ge=1)
    evaluation_days: int = Field(default=91, ge=1)
    stronger_factor: float = Field(default=1.5, gt=1)
    narrow_factor: float = Field(default=1.25, ge=1)
    surroundings_m: float = Field(default=200, ge=0)
    min_effect_days: int = Field(default=28, ge=7)
    max_effect_days: int = Field(default=182, ge=7)
    put_radius_m: float = Field(default=50, gt=0)
    max_put_radius_m: float = Field(default=250, gt=0)

    @model_validator(mode="after")
    def _has_room_for_an_effect(self) -> Self:
        if self.min_effect_days > self.max_effect_days:
            raise ValueError(
                f"wanted min_effect_days <= max_effect_days, found {self.min_effect_days} and "
                f"{self.max_effect_days}"
            )
        return self


class SamplesSettings(Section):
    """How often a place that was not signalled stands among those to verify without saying so; and goals."""

    near_share: Share = 0.0
    wider_share: Share = 0.0
    min_candidates: int = Field(default=10, ge=0)
    alike_to: int = Field(default=3, ge=1)
    max_extra_days: int = Field(default=14, ge=0)
    max_extra_reporters: Share = 0.05
    told_after_weeks: int = Field(default=13, ge=0)
    goal_precision: Share = 0.0
    goal_found: Share = 0.0

    @property
    def is_on(self) -> bool:
        """Whether any is drawn."""
        return self.near_share > 0 or self.wider_share > 0


class RulesSettings(Section):
    """Who may change the rules."""

    need_two: bool = True


class PreviewSettings(Section):
    """How other rules are tried on the past, and how much of the machine that may take."""

    weeks: int = Field(default=52, ge=1)
    max_minutes: int = Field(default=60, ge=1)
    silent_minutes: int = Field(default=10, ge=1)
    kept: int = Field(default=20, ge=1)
    niceness: int = Field(default=10, ge=0, le=19)


class MapSettings(Section):
    """What the maps stand on, and how far around a hotspot others are shown."""

    basemap: Literal["own", "none", "pdok-grijs"] = "own"
    tiles: str = ""
    nearby_m: float = Field(default=300, gt=0)


class ServiceSettings(Section):
    """Where the service listens, and how much each client may ask of it."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    requests_per_minute: int = Field(default=3000, ge=0)
    uploads: Path = Path("var/uploads")
    max_upload_mb: int = Field(default=10, ge=1, le=100)
    colour: str = Field(default="#154273", pattern=r"^#[0-9a-f]{6}$")
    accent: str = Field(default="#ffb612", pattern=r"^#[0-9a-f]{6}$")
    address: str = Field(default="", pattern=r"^(https?://[^\s/]+)?$")
    embed_hosts: tuple[str, ...] = ()
    signing_key: SecretStr = SecretStr("")
    signing_key_file: Path = Path("var/signing.key")
    contact_name: str = "Functioneel beheer"
    contact_email: str = "beheer@example.org"
    contact_url: str = "https://example.org"
    security_contact: str = Field(default="", pattern=r"^([^\s@:/]+@[^\s@/]+\.[^\s@/]+|https://\S+)?$")
    security_policy: str = Field(default="", pattern=r"^(https://\S+)?$")

    @field_validator("signing_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            require_key(value.get_secret_value().encode(), what="a key")
        return value

    @field_validator("embed_hosts")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://(\*\.)?[\w.-]+(:\d+)?", origin):
                raise ValueError(
                    f"wanted the address of a site such as 'https://www.example.org', found '{origin}'"
                )
        return value

    @field_validator("colour")
    @classmethod
    def _carries_white_text(cls, value: str) -> str:
        found = contrast(value, "#ffffff")
        if found < TEXT_CONTRAST:
            raise ValueError(
                f"wanted a colour on which white text can be read (contrast {TEXT_CONTRAST} or more), "
                f"found '{value}' ({found:.1f})"
            )
        return value


class MailSettings(Section):
    """Which mail server takes the mails that tell of a new week."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = ""
    user: str = ""
    password: SecretStr = SecretStr("")
    timeout_s: float = Field(default=20, gt=0, le=300)
    attempts: int = Field(default=5, ge=1, le=100)

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if self.host and "@" not in self.sender:
            raise ValueError(f"wanted the address of a sender beside a host, found sender {self.sender!r}")
        return self


class JobsSettings(Section):
    """The timetable and the folders of the unattended work."""

    inbox: Path = Path("var/inbox")
    inbox_source: str = "melddesk"
    inbox_every_minutes: int = Field(default=10, ge=1)
    weekly_day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    weekly_time: str = Field(default="06:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    reports: Path = Path("var/reports")
    notices_time: str = Field(default="07:15", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    nightly_time: str = Field(default="04:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    backups: Path = Path("var/backups")
    backups_kept: int = Field(default=14, ge=1)
    backup_key_file: Path = Path("var/backup.key")
    late_after_minutes: int = Field(default=120, ge=10)
    clock_tolerance_days: int = Field(default=35, ge=1)
    alert_command: tuple[str, ...] = ()
    alert_mail: tuple[str, ...] = ()

    @field_validator("alert_mail")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not is_address(address):
                raise ValueError(f"wanted mail addresses such as 'beheer@example.org', found {address!r}")
        return value

    @field_validator("weekly_time", "notices_time", "nightly_time")
    @classmethod
    def _is_outside_clock_change(cls, value: str) -> str:
        if value[:2] in {"00", "02", "03"}:
            # from midnight to one the trigger skips the day after the clock went forward (apscheduler#606)
            raise ValueError(
                f"wanted a time outside 00:00-00:59 and 02:00-03:59, found {value!r}: when the clock "
                "changes, that hour is passed over, absent or occurs twice"
            )
        return value


class SignallingSettings(Section):
    """Who starts signalling again after it was stopped."""

    second_person_resumes: bool = True


class HealthSettings(Section):
    """What the health checks call late, odd or too much."""

    quiet_days: int = Field(default=9, ge=1)
    min_usual: int = Field(default=10, ge=1)
    odd_factor: float = Field(default=2.0, gt=1)
    max_rejected_share: float = Field(default=0.05, ge=0, le=1)
    most_rejected_share: float = Field(default=0.5, ge=0, le=1)
    rejected_rows_allowed: int = Field(default=5, ge=0)
    max_reread_share: float = Field(default=0.05, ge=0, le=1)
    max_located_fall: float = Field(default=0.25, ge=0, le=1)
    max_unlocated_share: float = Field(default=0.1, ge=0, le=1)
    min_free_mb: int = Field(default=1000, ge=0)
    compared_weeks: int = Field(default=8, ge=1)
    watched_delivery_days: int = Field(default=14, ge=1)
    shown_alert_days: int = Field(default=7, ge=1)
    unconfirmed_days: int = Field(default=14, ge=0)
    request_soon_days: int = Field(default=7, ge=0)


class ExportSettings(Section):
    """How files for other programs are written."""

    decimal_sign: Literal[".", ","] = "."


class LogSettings(Section):
    """What the service and the unattended work tell on stderr."""

    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["info", "warning", "error"] = "info"
