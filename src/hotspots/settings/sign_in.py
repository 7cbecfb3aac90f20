"""The table [sign_in]: who may read, sessions, accounts here and at the provider."""

from pydantic import Field, SecretStr, field_validator

from hotspots.settings.addresses import require_https
from hotspots.settings.section import Section

_ROLES = ("lezer", "gebiedsteam", "oov", "beheerder", "privacy")


class SignInSettings(Section):
    """How people and machines make known who they are."""

    required: bool = True
    open_because: str = ""
    session_hours: int = Field(default=12, ge=1, le=168)
    idle_minutes: int = Field(default=60, ge=5)
    kept_form_minutes: int = Field(default=60, ge=1, le=60)
    attempts_before_delay: int = Field(default=5, ge=1)
    attempts_from_anywhere: int = Field(default=50, ge=1)
    first_delay_seconds: int = Field(default=30, ge=1)
    max_delay_minutes: int = Field(default=15, ge=1)
    device_days: int = Field(default=90, ge=0, le=366)
    hashes_at_once: int = Field(default=2, ge=1, le=32)
    hashes_waiting: int = Field(default=16, ge=0, le=32)
    token_days: int = Field(default=90, ge=1, le=366)
    second_factor_for: tuple[str, ...] = ()
    unused_days: int = Field(default=90, ge=0, le=3660)
    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    audience: str = ""
    clients: tuple[str, ...] = ()
    subject_claim: str = "sub"
    roles_claim: str = "roles"
    gebieden_claim: str = "gebieden"
    organisation_claim: str = "organisatie"
    role_of: dict[str, str] = Field(default_factory=dict)

    _is_not_overheard = field_validator("issuer")(require_https)

    @field_validator("role_of")
    @classmethod
    def _names_known_roles(cls, value: dict[str, str]) -> dict[str, str]:
        for claim, role in value.items():
            if role not in _ROLES:
                raise ValueError(f"wanted one of {', '.join(_ROLES)} for '{claim}', found {role!r}")
        return value

    @field_validator("second_factor_for")
    @classmethod
    def _are_known_roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [role for role in value if role not in _ROLES]
        if unknown:
            raise ValueError(f"wanted roles among {', '.join(_ROLES)}, found {unknown[0]!r}")
        return value
