"""Tokens of an OpenID Connect provider: whether they hold, and who they say it is.

Pure functions: the provider's keys are handed in. Only the asymmetric algorithms of :data:`ALGORITHMS` are
accepted, whatever a token's own header says, so that neither ``none`` nor a public key used as a shared
secret gets anyone in (RFC 8725, 3.1 and 3.2).
"""

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hotspots.access.rights import Actor, Role
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEEWAY = timedelta(seconds=60)
"""How far the provider's clock may be off."""

MAX_SUBJECT = 400
"""The longest issuer and subject that an account can be known by."""

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
    clients: Collection[str] = (),
) -> dict[str, Any]:
    """Check a signed token (a compact JWT) against the provider's keys (JWKS); gives its claims.

    It must be made by the issuer for the audience; an ID token that answers a request of ours has its nonce.
    One that says for which client it was made (``azp``), as an ID token for several audiences must, is for
    one of ``clients`` (OpenID Connect Core 1.0, 3.1.3.7).

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
    claims = dict(found.claims)
    if nonce is None and "nonce" in claims:
        raise SignInError("wanted an access token, found an ID token: those only answer our own request")
    client = claims.get("azp")
    must_say = nonce is not None and isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (client is not None or must_say) and client not in list(clients):
        raise SignInError(
            f"wanted a token that was made for a client among {sorted(clients)}, found '{client}': name it "
            "in [sign_in] clients if it may come with tokens of people"
        )
    return claims


def key_id_of(token: str) -> str | None:
    """The key that a token says it was signed with (``kid``); None if it doesn't, or is no token."""
    head = token[:MAX_TOKEN].partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return None
    found = header.get("kid") if isinstance(header, dict) else None
    return found if isinstance(found, str) else None


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
    who = claims.get(settings.subject_claim)
    if not isinstance(who, str) or not who:
        raise SignInError(f"wanted who it is in claim '{settings.subject_claim}', found {who!r}")
    subject = f"{claims['iss']}#{who}"
    if len(subject) > MAX_SUBJECT:
        raise SignInError(f"wanted a subject of at most {MAX_SUBJECT} characters, found {len(subject)}")
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
