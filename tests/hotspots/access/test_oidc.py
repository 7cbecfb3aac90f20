"""Tokens of an OpenID Connect provider: whether they hold, and who they say it is."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from hotspots.access.oidc import actor_of, verify_token
from hotspots.access.rights import Role
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
ISSUER, AUDIENCE = "https://login.example.org", "hotspots"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})
CURVE_KEY = ECKey.generate_key("P-256", {"kid": "two"})
KEYS = {"keys": [KEY.as_dict(private=False), CURVE_KEY.as_dict(private=False)]}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "42",
    "exp": int((NOW + timedelta(minutes=5)).timestamp()),
}


def signed(key: Any = KEY, algorithm: str = "RS256", **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    header = {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def checked(token: str, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "now": NOW}
    return verify_token(token, KEYS, **(given | changes))


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(), id="RSA"),
        pytest.param(signed(CURVE_KEY, "ES256"), id="an elliptic curve"),
        pytest.param(signed(aud=["another", AUDIENCE]), id="for more than one audience"),
        pytest.param(signed(exp=int(NOW.timestamp()) - 30), id="ended within the leeway"),
    ],
)
def test_a_token_of_the_provider_for_us_holds(token: str) -> None:
    assert checked(token)["sub"] == "42"


def part(value: dict[str, Any]) -> str:
    """A part of a token, as it is written."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned() -> str:
    """A token that says of itself that it needs no signature."""
    return f"{part({'alg': 'none'})}.{part(CLAIMS)}."


def with_public_key_as_secret() -> str:
    """A token signed with HMAC, for which the provider's public key is the shared secret."""
    text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(CLAIMS)}"
    signature = hmac.new(KEY.as_pem(private=False), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_its_own_key() -> str:
    """A token that brings the key to check it with in its header."""
    header = {"alg": "RS256", "kid": "one", "jwk": OTHER_KEY.as_dict(private=False)}
    return jwt.encode(header, CLAIMS, OTHER_KEY)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(unsigned(), id="without signature"),
        pytest.param(with_public_key_as_secret(), id="with the public key as shared secret"),
        pytest.param(with_its_own_key(), id="with its own key in the header"),
        pytest.param(signed(OTHER_KEY), id="signed by another"),
        pytest.param(signed()[:-4] + "AAAA", id="with a changed signature"),
        pytest.param(signed(iss="https://evil.example.org"), id="made by another"),
        pytest.param(signed(iss=None), id="made by nobody"),
        pytest.param(signed(aud="another"), id="for another"),
        pytest.param(signed(aud=None), id="for nobody"),
        pytest.param(signed(exp=int(NOW.timestamp()) - 61), id="ended"),
        pytest.param(signed(exp=None), id="without end"),
        pytest.param(signed(exp="tomorrow"), id="with an end that is no time"),
        pytest.param(signed(nbf=int(NOW.timestamp()) + 61), id="not begun"),
        pytest.param(signed(sub=None), id="about nobody"),
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="no token"),
        pytest.param("é.é.é", id="not even ASCII"),
        pytest.param("x" * 20_000, id="far too long"),
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(SignInError):
        checked(token)


def test_keys_that_are_no_keys_let_nobody_in() -> None:
    unusable: list[dict[str, Any]] = [{}, {"keys": []}, {"keys": [{"kty": "nonsense"}]}]
    for keys in unusable:
        with pytest.raises(SignInError):
            verify_token(signed(), keys, issuer=ISSUER, audience=AUDIENCE, now=NOW)


def test_without_issuer_or_audience_no_token_is_accepted() -> None:
    with pytest.raises(SignInError, match="set them in"):
        checked(signed(), audience="")
    with pytest.raises(SignInError, match="set them in"):
        checked(signed(), issuer="")


def test_an_id_token_answers_our_own_request() -> None:
    assert checked(signed(nonce="ours"), nonce="ours")["nonce"] == "ours"
    with pytest.raises(SignInError):
        checked(signed(nonce="of another"), nonce="ours")
    with pytest.raises(SignInError):
        checked(signed(), nonce="ours")


def test_an_id_token_is_no_access_token_also_when_it_is_for_the_same_audience() -> None:
    with pytest.raises(SignInError, match="found an ID token"):
        checked(signed(nonce="ours"))


SETTINGS = SignInSettings(role_of={"Hotspots-OOV": "oov", "Hotspots-Team": "gebiedsteam"})


def test_claims_give_role_areas_and_organisation() -> None:
    actor = actor_of(
        CLAIMS
        | {
            "name": "A. Agent",
            "roles": ["Hotspots-Team", "unrelated"],
            "gebieden": ["Mariaberg", "Wyck", 7],
            "organisatie": "politie",
        },
        SETTINGS,
    )
    assert (actor.id, actor.name, actor.role) == (f"{ISSUER}#42", "A. Agent", Role.GEBIEDSTEAM)
    assert (actor.organisation, actor.gebieden) == ("politie", frozenset({"Mariaberg", "Wyck"}))
    assert actor.granted == frozenset()


def test_a_role_may_be_one_text_in_a_claim_of_another_name() -> None:
    settings = SignInSettings(role_of={"Hotspots-OOV": "oov"}, roles_claim="groups")
    assert actor_of(CLAIMS | {"groups": "Hotspots-OOV"}, settings).role is Role.OOV


@pytest.mark.parametrize(
    "roles",
    [
        pytest.param(None, id="none"),
        pytest.param(["oov"], id="only one that is not mapped, though named as ours"),
        pytest.param(["Hotspots-OOV", "Hotspots-Team"], id="two"),
        pytest.param({"Hotspots-OOV": True}, id="of another form"),
    ],
)
def test_who_has_no_single_role_is_not_let_in(roles: object) -> None:
    with pytest.raises(SignInError, match="wanted one known role in claim 'roles', found"):
        actor_of(CLAIMS | {"roles": roles}, SETTINGS)
