"""`/v1` as a page to read: every request of the API, drawn by Swagger UI from our own origin."""

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from api.http.negotiation import HTML, JSON, chosen_type
from api.http.sign_in import find_actor
from api.pages.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[Depends(find_actor)])


@router.get("/v1")
def get_api_page(request: Request) -> HTMLResponse:
    """Show what can be asked of the API, to who prefers a page; for programs there is nothing here."""
    if chosen_type(request, (JSON, HTML)) != HTML:
        raise HTTPException(404)
    return render(request, "api.html", title="De API")
