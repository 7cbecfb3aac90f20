"""`/beheer/tokens`: the tokens of machines that may use the API."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import AdminRequest, Asked, Sent
from api.admin.users import areas_of, problem_of, rights_among
from api.http.forms import Choices, Form
from hotspots.access.machine_tokens import LONGEST_DAYS, add_token, list_tokens, may_give, revoke_token
from hotspots.access.rights import SCOPES, Right
from hotspots.errors import AccountError

router = APIRouter(prefix="/beheer/tokens", include_in_schema=False)


@router.get("")
def get_tokens(asked: Asked) -> HTMLResponse:
    """Show the tokens of machines, with the form to make one."""
    asked.require(Right.MANAGE_TOKENS)
    return _tokens_page(asked)


@router.post("")
def post_token(sent: Sent, form: Form, choices: Choices) -> HTMLResponse:
    """Make a token, and show it once."""
    sent.require(Right.MANAGE_TOKENS)
    given = form.get("dagen", "")
    # a number of twenty digits is too long a term as well, and no date
    asked = int(given[:4]) if given.isdecimal() else 0
    days = min(asked, LONGEST_DAYS + 1) or sent.settings.sign_in.token_days
    known = areas_of(sent)
    chosen = [name for name in choices.get("gebied", []) if name in known]
    try:
        _, token = add_token(
            sent.database,
            name=form.get("naam", ""),
            scopes=rights_among(SCOPES, choices),
            expires_at=sent.now + timedelta(days=days),
            created_by=sent.actor.name,
            now=sent.now,
            organisation=form.get("organisatie", "").strip()[:120],
            gebieden=chosen or None,
            maker=sent.actor,
        )
    except AccountError as error:
        problem = problem_of(error)
        return _tokens_page(sent, sent=form, problem=problem, status=409)
    return _tokens_page(sent, made=(form.get("naam", ""), token))


@router.post("/{token}")
def post_revoking(sent: Sent, token: Annotated[str, Path(max_length=60)]) -> Response:
    """Revoke a token at once."""
    sent.require(Right.MANAGE_TOKENS)
    revoke_token(sent.database, token_id=token, now=sent.now, by=sent.actor)
    return RedirectResponse("/beheer/tokens", status_code=303)


def _tokens_page(
    asked: AdminRequest,
    *,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    return asked.page(
        "tokens.html",
        section="/beheer/tokens",
        status_code=status,
        title="Tokens",
        tokens=list_tokens(asked.database),
        now=asked.now,
        sent=sent or {},
        problem=problem,
        made=made,
        scopes=[right for right in Right if right in SCOPES and may_give(asked.actor, right, None)],
        days=asked.settings.sign_in.token_days,
        longest_days=LONGEST_DAYS,
        gebieden=areas_of(asked),
    )
