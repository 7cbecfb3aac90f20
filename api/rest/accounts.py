"""`/v1/gebruikers` and `/v1/tokens`: users and tokens; only for the administrator."""

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Request, Response

from api.http.addresses import service_address
from api.http.dependencies import PageParameters, ServiceDatabase, ServiceSettings
from api.http.paging import answer_part
from api.http.sign_in import Now, SignedIn
from api.rest.case_documents import (
    Blocking,
    MadeLink,
    MadeToken,
    NewToken,
    TokenDocument,
    TokenList,
    UserDocument,
    UserList,
)
from api.rest.routes import Routes
from hotspots.access.accounts import disable_user, list_users
from hotspots.access.machine_tokens import add_token, list_tokens, revoke_token
from hotspots.access.password_links import make_password_link
from hotspots.access.rights import Right, require

router = Routes(tags=["beheer"])

TokenId = Annotated[str, Path(alias="id", max_length=60, description="Kenmerk van het token")]
UserName = Annotated[str, Path(alias="naam", max_length=120, description="Naam om mee aan te melden")]


@router.reads("/gebruikers", "getGebruikers", "Wie zich mag aanmelden", UserList)
def get_users(
    request: Request, query: PageParameters, actor: SignedIn, database: ServiceDatabase
) -> Response:
    """Geeft alle gebruikers, op naam."""
    require(actor, Right.MANAGE_USERS, None)
    return answer_part(request, query, "gebruikers", UserDocument, list_users(database))


@router.put(
    "/gebruikers/{naam}/blokkade",
    operation_id="putBlokkade",
    summary="Iemand niet meer toelaten",
    status_code=204,
)
def put_blocking(
    name: UserName, change: Blocking, actor: SignedIn, database: ServiceDatabase, now: Now
) -> Response:
    """Laat iemand niet meer toe, ook niet waar die nu is aangemeld; of weer wel."""
    require(actor, Right.MANAGE_USERS, None)
    disable_user(database, name=name, now=now, is_disabled=change.geblokkeerd, by=actor)
    return Response(status_code=204)


@router.adds("/gebruikers/{naam}/herstellink", "postHerstellink", "Een link voor een nieuw wachtwoord maken")
def post_password_link(
    request: Request,
    name: UserName,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> MadeLink:
    """Maakt een link om één keer een wachtwoord te kiezen: een uur lang, voor wie is uitgenodigd een week."""
    require(actor, Right.MANAGE_USERS, None)
    token, ends = make_password_link(database, request.app.state.signing_key(), name=name, by=actor, now=now)
    return MadeLink(link=f"{service_address(request, settings)}/nieuw-wachtwoord/{token}", verloopt=ends)


@router.reads("/tokens", "getTokens", "Tokens van systemen", TokenList)
def get_tokens(
    request: Request, query: PageParameters, actor: SignedIn, database: ServiceDatabase
) -> Response:
    """Geeft alle tokens, zonder hun geheim; laatste eerst."""
    require(actor, Right.MANAGE_TOKENS, None)
    return answer_part(request, query, "tokens", TokenDocument, list_tokens(database))


@router.adds("/tokens", "postToken", "Een token maken")
def post_token(
    new: NewToken, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> MadeToken:
    """Maakt een token voor een systeem; het geheim is alleen in dit antwoord te zien."""
    require(actor, Right.MANAGE_TOKENS, None)
    expires_at = now + timedelta(days=new.dagen or settings.sign_in.token_days)
    token_id, token = add_token(
        database,
        name=new.naam,
        scopes=new.rechten,
        expires_at=expires_at,
        created_by=actor.name,
        now=now,
        organisation=new.organisatie,
        gebieden=new.gebieden,
        maker=actor,
    )
    return MadeToken(id=token_id, token=token, verloopt=expires_at)


@router.delete("/tokens/{id}", operation_id="deleteToken", summary="Een token intrekken", status_code=204)
def delete_token(token_id: TokenId, actor: SignedIn, database: ServiceDatabase, now: Now) -> Response:
    """Trekt een token meteen in."""
    require(actor, Right.MANAGE_TOKENS, None)
    revoke_token(database, token_id=token_id, now=now, by=actor)
    return Response(status_code=204)
