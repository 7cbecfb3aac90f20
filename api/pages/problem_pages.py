"""The pages of the problems that the API tells: what each means, and what to do; for everyone."""

import json

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from api.http.problem_types import LIST_PATH, PROBLEM_TYPES
from api.http.sign_in import limit_address
from api.pages.rendering import render
from api.rest.examples import problem_example

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


@router.get(LIST_PATH)
def get_problems(request: Request) -> HTMLResponse:
    """List every kind of problem."""
    return render(request, "problems.html", title="Problemen van de API", kinds=PROBLEM_TYPES.values())


@router.get(f"{LIST_PATH}/{{soort}}")
def get_problem(request: Request, soort: str) -> HTMLResponse:
    """Explain one kind of problem, with an example of an answer that tells it."""
    kind = PROBLEM_TYPES.get(soort)
    if kind is None:
        raise HTTPException(404)
    example = json.dumps(problem_example(kind), ensure_ascii=False, indent=2)
    return render(request, "problem.html", title=kind.title, kind=kind, example=example)
