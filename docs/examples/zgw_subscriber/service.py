"""The address to which hotspots sends its events."""

import logging
import threading
import time
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from zgw_subscriber.answers import NotNowError, WrongError
from zgw_subscriber.config import Config
from zgw_subscriber.subscriber import Subscriber
from zgw_subscriber.webhooks import Event, RefusedError, read_event

MAX_BODY = 65_536
BUSY_S = 5.0
"""How long an event waits for the one before it; shorter than hotspots waits for an answer."""

log = logging.getLogger("zgw_subscriber")


def create_app(config: Config, subscriber: Subscriber, *, clock: Callable[[], float] = time.time) -> FastAPI:
    """The service: ``POST /events``, and nothing else.

    Its answers tell hotspots what to do: 204 it is done, 401 it is none of ours, 503 send it again later,
    500 somebody must look first. Whatever is not 2xx is sent again, and at last kept there as a dead letter.
    """
    app = FastAPI(openapi_url=None)
    turn = threading.Lock()

    def do(event: Event) -> Response:
        if not turn.acquire(timeout=BUSY_S):
            return Response(status_code=503, headers={"Retry-After": "5"})
        try:
            subscriber.do(event)
        except NotNowError as error:
            log.warning("%s waits: %s", event.id, error)
            return Response(status_code=503, headers={"Retry-After": str(error.wait_s or 30)})
        except WrongError as error:
            log.error("%s can't be done: %s", event.id, error)  # noqa: TRY400  # what went wrong is told
            return Response(status_code=500)
        finally:
            turn.release()
        return Response(status_code=204)

    @app.post("/events")
    async def receive(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                return Response(status_code=413)
        try:
            event = read_event(request.headers, body, secrets=config.webhook_secrets, now_s=clock())
        except RefusedError as error:
            log.warning("refused: %s", error)
            return Response(status_code=401)
        return await run_in_threadpool(do, event)

    return app
