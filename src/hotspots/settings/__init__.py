"""All settings: one frozen tree, read once, at an entry point, from one TOML file and the environment."""

from hotspots.settings.access import AccessSettings
from hotspots.settings.addresses import (
    is_address,
    is_outside,
    is_private_way,
    require_https,
    require_receiver,
)
from hotspots.settings.attention import AttentionSettings
from hotspots.settings.checks import ChecksSettings
from hotspots.settings.context import ContextKind, ContextSettings
from hotspots.settings.detection import DetectionSettings
from hotspots.settings.events import EventsSettings, EventSubscription
from hotspots.settings.file import (
    PATH_VARIABLE,
    PREFIX,
    environment_name,
    known_keys,
    load_settings,
    secrets_in,
    settings_file,
    shipped,
    with_changes,
    without_secrets,
)
from hotspots.settings.intake import IntakeSettings
from hotspots.settings.reading import ReadingSettings
from hotspots.settings.retention import RetentionSettings
from hotspots.settings.sections import (
    CalendarSettings,
    DatabaseSettings,
    Event,
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
    ServiceSettings,
    SignalenSettings,
    SignallingSettings,
    SourcesSettings,
    StatisticsSettings,
    TrackingSettings,
    WorkflowSettings,
)
from hotspots.settings.sign_in import SignInSettings
from hotspots.settings.tree import Settings

__all__ = [
    "PATH_VARIABLE",
    "PREFIX",
    "AccessSettings",
    "AttentionSettings",
    "CalendarSettings",
    "ChecksSettings",
    "ContextKind",
    "ContextSettings",
    "DatabaseSettings",
    "DetectionSettings",
    "Event",
    "EventSubscription",
    "EventsSettings",
    "GeocodingSettings",
    "HealthSettings",
    "IntakeSettings",
    "JobsSettings",
    "LogSettings",
    "MailSettings",
    "MapSettings",
    "MunicipalitySettings",
    "NamingSettings",
    "NuisanceSettings",
    "PdokSettings",
    "PreviewSettings",
    "PrivacySettings",
    "ReadingSettings",
    "ReplacingSettings",
    "RetentionSettings",
    "RulesSettings",
    "ServiceSettings",
    "Settings",
    "SignInSettings",
    "SignalenSettings",
    "SignallingSettings",
    "SourcesSettings",
    "StatisticsSettings",
    "TrackingSettings",
    "WorkflowSettings",
    "environment_name",
    "is_address",
    "is_outside",
    "is_private_way",
    "known_keys",
    "load_settings",
    "require_https",
    "require_receiver",
    "secrets_in",
    "settings_file",
    "shipped",
    "with_changes",
    "without_secrets",
]
