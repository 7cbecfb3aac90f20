"""What is shared in a frame on another site: its page, the code for it, or what is missing for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages.rendering import templates
from api.pages.theme import style_variables
from hotspots.settings import ServiceSettings

_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

FRAME_HEIGHT = 900
"""Of a frame, in pixels: a map with its table closed."""


@dataclass(frozen=True)
class Obstacle:
    """Something for which a frame on another site stays empty."""

    missing: str
    setting: str  # by which it is mended, in ``[service]``


def frame_obstacles(settings: ServiceSettings) -> Sequence[Obstacle]:
    """What is missing before a frame on another site works; nothing if it does."""
    found = []
    address = urlsplit(settings.address)
    if not settings.address:
        found.append(
            Obstacle("Er is niet ingesteld op welk adres deze dienst van buiten te vinden is.", "address")
        )
    elif address.scheme != "https" and address.hostname not in _ON_THIS_MACHINE:
        words = "Het adres van deze dienst begint niet met https. Een veilige site toont haar dan niet."
        found.append(Obstacle(words, "address"))
    if not settings.embed_hosts:
        found.append(Obstacle("Er is nog geen site genoemd die mag tonen wat u deelt.", "embed_hosts"))
    return found


def frame_code(page: str, title: str) -> str:
    """Give the code that shows a page in a frame on another site.

    Examples
    --------
    >>> frame_code("https://h.example.org/inbedden/x", 'Kaart: "Wyck"')[:72]
    '<iframe src="https://h.example.org/inbedden/x" title="Kaart: &quot;Wyck&'
    """
    return (
        f'<iframe src="{escape(page)}" title="{escape(title)}" width="100%" height="{FRAME_HEIGHT}" '
        'loading="lazy" referrerpolicy="no-referrer"></iframe>'
    )


def answer_framed(
    request: Request,
    settings: ServiceSettings,
    template: str,
    *,
    status: int = 200,
    has_own_styles: bool = True,
    **values: object,
) -> HTMLResponse:
    """Answer with a page for everyone that the sites in the settings may show in a frame; it runs nothing.

    Parameters
    ----------
    has_own_styles
        Whether it loads the style sheet of the service, beside the style in the page.
    """
    nonce = request.state.nonce
    text = templates.get_template(template).render(nonce=nonce, variables=style_variables(settings), **values)
    hosts = " ".join(["'self'", *settings.embed_hosts])
    styles = f"'self' 'nonce-{nonce}'" if has_own_styles else f"'nonce-{nonce}'"
    policy = (
        f"default-src 'none'; object-src 'none'; img-src 'self'; style-src {styles}; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {hosts}"
    )
    headers = {"Content-Security-Policy": policy, "Cross-Origin-Resource-Policy": "cross-origin"}
    return HTMLResponse(text, status_code=status, headers=headers)
