"""What the subscriber is told in its settings file: where things are, and the files with its secrets."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """The settings file lacks something, or a secret can't be read."""


@dataclass(frozen=True)
class Config:
    """The settings, with the secrets read."""

    state: Path  # a file of SQLite: which events were done
    webhook_secrets: tuple[str, ...]  # as hotspots showed them: ``whsec_…``; two while one is replaced
    hotspots_url: str  # such as https://hotspots.example.org
    hotspots_token: str  # of a machine with hotspots.lezen and koppelingen.schrijven
    zaken_url: str  # such as https://zaken.example.org/zaken/api/v1
    zaken_client_id: str
    zaken_secret: str
    zaaktype: str  # address in the Catalogi API
    bronorganisatie: str  # RSIN
    verantwoordelijke_organisatie: str  # RSIN
    zaak_page: str  # where people read a zaak: https, with {identificatie} or {uuid}
    system: str = "Zaaksysteem"  # as people in hotspots read it
    vertrouwelijkheidaanduiding: str = "zaakvertrouwelijk"
    decisions: tuple[str, ...] = ("veiligheid", "leefbaarheid")  # on which a zaak is opened
    timeout_s: float = 2.0  # of one request; all of an event stay within the 10 s that hotspots waits


def read_config(path: Path) -> Config:
    """Read a settings file.

    Raises
    ------
    ConfigError
        If something is missing, unknown, or no secret can be read.
    """
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in ("hotspots_token", "zaken_secret"):
            values[name] = _secret(path, values.pop(f"{name}_file"))
        values["webhook_secrets"] = tuple(_secret(path, one) for one in values.pop("webhook_secret_files"))
        values["state"] = path.parent / values["state"]
        values["decisions"] = tuple(values.get("decisions", Config.decisions))
        return Config(**values)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"wanted the settings of README.md in {path}, found: {error}") from error


def _secret(path: Path, name: str) -> str:
    return (path.parent / name).read_text(encoding="ascii").strip()
