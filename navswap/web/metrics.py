"""What Prometheus scrapes."""

import os
from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of `serve --workers N` share their counts; the variable is prometheus_client's."""


def routes(refresh: Callable[[], Awaitable[None]]) -> list[BaseRoute]:
    """Return `/metrics`; `refresh` brings gauges up to date that nothing else updates."""

    async def metrics(_request: Request) -> Response:
        await refresh()
        return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]


def _registry() -> CollectorRegistry:
    """Return the counts of this process, or of all the web processes of this machine."""
    if MULTIPROCESS_FOLDER not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return registry
