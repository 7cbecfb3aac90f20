"""The whole tree of settings: one section per table of the file, and what must hold between them."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from hotspots.settings.access import AccessSettings
from hotspots.settings.attention import AttentionSettings
from hotspots.settings.checks import ChecksSettings
from hotspots.settings.context import ContextSettings
from hotspots.settings.detection import DetectionSettings
from hotspots.settings.events import EventsSettings
from hotspots.settings.intake import IntakeSettings
from hotspots.settings.reading import ReadingSettings
from hotspots.settings.retention import RetentionSettings
from hotspots.settings.section import Section
from hotspots.settings.sections import (
    AreasSettings,
    CalendarSettings,
    CellsSettings,
    DatabaseSettings,
    ExportSettings,
    GeocodingSettings,
    HealthSettings,
    JobsSettings,
    LogSettings,
    MailSettings,
    MapSettings,
    MunicipalitySettings,
    NamingSettings,
    NuisanceSettings,
    PdokSettings,
    PreviewSettings,
    PrivacySettings,
    ReplacingSettings,
    RulesSettings,
    SamplesSettings,
    ServiceSettings,
    SignalenSettings,
    SignallingSettings,
    SourcesSettings,
    StatisticsSettings,
    TrackingSettings,
    WorkflowSettings,
)
from hotspots.settings.sign_in import SignInSettings

SPARE_DAYS = 28
"""How much longer than the look-back window reports are kept at least: for runs that were missed."""


class Settings(Section):
    """The whole tree; one section per table of the file."""

    municipality: MunicipalitySettings = Field(default_factory=MunicipalitySettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    areas: AreasSettings = Field(default_factory=AreasSettings)
    replacing: ReplacingSettings = Field(default_factory=ReplacingSettings)
    pdok: PdokSettings = Field(default_factory=PdokSettings)
    sources: SourcesSettings = Field(default_factory=SourcesSettings)
    reading: ReadingSettings = Field(default_factory=ReadingSettings)
    intake: IntakeSettings = Field(default_factory=IntakeSettings)
    signalen: SignalenSettings = Field(default_factory=SignalenSettings)
    geocoding: GeocodingSettings = Field(default_factory=GeocodingSettings)
    cells: CellsSettings = Field(default_factory=CellsSettings)
    detection: DetectionSettings = Field(default_factory=DetectionSettings)
    attention: AttentionSettings = Field(default_factory=AttentionSettings)
    calendar: CalendarSettings = Field(default_factory=CalendarSettings)
    statistics: StatisticsSettings = Field(default_factory=StatisticsSettings)
    tracking: TrackingSettings = Field(default_factory=TrackingSettings)
    nuisance: NuisanceSettings = Field(default_factory=NuisanceSettings)
    naming: NamingSettings = Field(default_factory=NamingSettings)
    workflow: WorkflowSettings = Field(default_factory=WorkflowSettings)
    signalling: SignallingSettings = Field(default_factory=SignallingSettings)
    samples: SamplesSettings = Field(default_factory=SamplesSettings)
    rules: RulesSettings = Field(default_factory=RulesSettings)
    preview: PreviewSettings = Field(default_factory=PreviewSettings)
    sign_in: SignInSettings = Field(default_factory=SignInSettings)
    access: AccessSettings = Field(default_factory=AccessSettings)
    map: MapSettings = Field(default_factory=MapSettings)
    context: ContextSettings = Field(default_factory=ContextSettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)
    export: ExportSettings = Field(default_factory=ExportSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    events: EventsSettings = Field(default_factory=EventsSettings)
    jobs: JobsSettings = Field(default_factory=JobsSettings)
    health: HealthSettings = Field(default_factory=HealthSettings)
    checks: ChecksSettings = Field(default_factory=ChecksSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @model_validator(mode="after")
    def _alerts_can_be_mailed(self) -> Self:
        if self.jobs.alert_mail and not self.mail.host:
            raise ValueError("wanted a [mail] host beside [jobs] alert_mail, found none")
        return self

    @model_validator(mode="after")
    def _reports_outlive_the_window(self) -> Self:
        wanted = self.detection.look_back_weeks * 7 + SPARE_DAYS
        if self.retention.text_days < wanted:
            raise ValueError(
                f"retention.text_days ({self.retention.text_days}) is shorter than the weekly run looks "
                f"back: "
                f"wanted at least {wanted}, {self.detection.look_back_weeks} weeks and {SPARE_DAYS} days to "
                "catch up in"
            )
        return self


def naming(settings: Settings, named: Mapping[str, set[str]]) -> Settings:
    """The same settings, in which these fields of these sections count as set (``model_fields_set``)."""
    sections = {name: getattr(settings, name) for name in named}
    again = {
        name: type(section).model_construct(_fields_set=set(named[name]), **dict(section))
        for name, section in sections.items()
    }
    return settings.model_copy(update=again)
