"""Tokens of an OpenID Connect provider: whether they hold, and who they say it is.

Pure functions: the provider's keys are handed in. Only the asymmetric algorithms of :data:`ALGORITHMS` are
accepted, whatever a token's own header says, so that neither ``none`` nor a public key used as a shared
secret gets anyone in (RFC 8725, 3.1 and 3.2).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hotspots.access.rights import Actor, Role
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEEWAY = timedelta(seconds=60)
"""How far the provider's clock may be off."""

MAX_TOKEN = 16_000
"""The longest token looked at, in characters."""


def verify_token(
    token: str,
    keys: Mapping[str, Any],
    *,
    issuer: str,
    audience: str,
    now: datetime,
    nonce: str | None = None,
) -> dict[str, Any]:
    """Check a signed token (a compact JWT) against the provider's keys (JWKS); gives its claims.

    It must be made by the issuer for the audience; an ID token that answers a request of ours has its nonce.

    Raises
    ------
    SignInError
        If it is no token, was signed by another or in another way, is for others, or is not valid now.
    """
    from joserfc import jwt  # Authlib's own module for tokens gives way to this one
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    if not issuer or not audience:
        raise SignInError("wanted an issuer and an audience to check tokens against: set them in [sign_in]")
    if len(token) > MAX_TOKEN:
        raise SignInError(f"wanted a token of at most {MAX_TOKEN} characters, found {len(token)}")
    checks: dict[str, Any] = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": audience},
        "exp": {"essential": True},
        "sub": {"essential": True},
    }
    if nonce is not None:
        checks["nonce"] = {"essential": True, "value": nonce}
    registry = jwt.JWTClaimsRegistry(
        now=lambda: int(now.timestamp()), leeway=int(LEEWAY.total_seconds()), **checks
    )
    try:
        found = jwt.decode(
            token, KeySet.import_key_set({"keys": list(keys["keys"])}), algorithms=list(ALGORITHMS)
        )
        registry.validate(found.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignInError(f"this token does not hold: {error}") from None
    return dict(found.claims)


def actor_of(claims: Mapping[str, Any], settings: SignInSettings) -> Actor:
    """Who the provider says it is, by the configured claims.

    A person gets the one role that the configuration gives to a role there; who has none of them, or more
    than one, is refused: a role is never guessed.

    Raises
    ------
    SignInError
        If the claims give no role, or more than one.
    """
    theirs = _texts(claims.get(settings.roles_claim))
    roles = {Role(settings.role_of[name]) for name in theirs if name in settings.role_of}
    if len(roles) != 1:
        raise SignInError(
            f"wanted one known role in claim '{settings.roles_claim}', found {sorted(theirs)}: "
            "map it in [sign_in] role_of, or correct it at the provider"
        )
    subject = f"{claims['iss']}#{claims['sub']}"
    organisations = _texts(claims.get(settings.organisation_claim))
    return Actor(
        id=subject,
        name=str(claims.get("name") or claims.get("preferred_username") or claims["sub"])[:200],
        role=roles.pop(),
        organisation=organisations[0][:120] if organisations else "",
        gebieden=frozenset(_texts(claims.get(settings.gebieden_claim))),
    )


def _texts(claim: Any) -> Sequence[str]:
    if isinstance(claim, str):
        return [claim]
    if isinstance(claim, list):
        return [value for value in claim if isinstance(value, str)]
    return []
