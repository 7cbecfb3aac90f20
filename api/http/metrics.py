"""Counts and durations of requests, per route, for Prometheus."""

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one service, in a registry of its own, so that two services in one process don't mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "hotspots_requests_total",
            "Answered requests",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.durations = Histogram(
            "hotspots_request_duration_seconds",
            "Time from a request to the start of its answer",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )


class MetricsMiddleware:
    """Counts and times every request by route, not by address, as addresses name hotspots."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = perf_counter()

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                method, route = known_method(scope["method"]), route_of(scope)
                self.metrics.requests.labels(method, route, str(message["status"])).inc()
                self.metrics.durations.labels(method, route).observe(perf_counter() - start)
            await send(message)

        await self.app(scope, receive, send_and_count)


def known_method(method: str) -> str:
    """The method, or "other" for an unknown one, so that clients can't create new series."""
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


def route_of(scope: Scope) -> str:
    """The path template of the route; "none" if no route matches."""
    path = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{path}" if path else "none"
