"""`navswap serve`."""

import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
import uvicorn
from starlette.applications import Starlette

from navswap.cli.configuration import load_settings
from navswap.cli.shell import RUN, command
from navswap.devstack.external import reach_mongo
from navswap.devstack.ports import require_free_port
from navswap.settings import Settings

MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SHUTDOWN_SECONDS = 10
"""How long open requests may take to end; streams end at once."""
START_FAILED = 3
"""The exit code of a web process that could not start, as uvicorn's own."""
START_SECONDS = 60
"""How long one of several processes may be silent, its start included: uvicorn's 5 s kill one that starts on a busy
machine, again and again, so that nothing is ever served."""


@command(RUN, "navswap serve", "navswap serve --workers 4", "NAVSWAP_HOST=0.0.0.0 navswap serve --port 80")
def serve(
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that share the port.")] = 1,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port. Default: NAVSWAP_PORT, else 8000", show_default=False),
    ] = None,
) -> None:
    """Run the web process, for production.

    It serves GraphQL over HTTP and websocket, metrics and health, and needs MongoDB, Redis and Kafka to run: those
    that NAVSWAP_MONGO_URL, NAVSWAP_REDIS_URL and NAVSWAP_KAFKA_BOOTSTRAP name, or those of a `navswap up` here. Run
    at least one `navswap worker` beside it, else no event leaves the outbox. SIGTERM or Ctrl-C ends it in order. A live job that dies of a bug ends
    the process with exit code 1, for a supervisor to start it again; of several processes the dead one is replaced.
    """
    from navswap.infra.telemetry import configure_logging  # noqa: PLC0415 - help needs none of it

    settings = load_settings()
    configure_logging(settings)  # the parent of several processes logs those that die
    chosen = port or settings.port
    require_free_port(settings.host, chosen, "--port")
    reach_mongo(settings.mongo_url)
    if workers == 1:
        _serve_here(settings, chosen)
        return
    with TemporaryDirectory(prefix="navswap-metrics-") as folder:
        # One scrape shows the counts of all processes: they share them in files, prometheus_client's way.
        os.environ[MULTIPROCESS_FOLDER] = folder
        uvicorn.run(f"{__name__}:build_app", factory=True, workers=workers, **_options(settings, chosen))


def build_app() -> Starlette:
    """Build the application of one of several web processes; uvicorn calls it in each, and starts again one that died."""
    from navswap.app import create_app  # noqa: PLC0415 - takes seconds, and help needs none of it

    return create_app(load_settings())


def _serve_here(settings: Settings, port: int) -> None:
    """Serve in this process; raises JobDiedError once a live job died and all is closed in order."""
    from navswap.app import create_app  # noqa: PLC0415 - these take seconds, and help needs none of them
    from navswap.infra.jobs import JobDiedError  # noqa: PLC0415

    has_died = False

    def end() -> None:
        nonlocal has_died
        has_died = server.should_exit = True

    server = uvicorn.Server(uvicorn.Config(create_app(settings, end_process=end), **_options(settings, port)))
    with suppress(KeyboardInterrupt):
        server.run()
    if has_died:
        raise JobDiedError("A job of the web process died; the log above says of what.")
    if not server.started:
        sys.exit(START_FAILED)


def http_protocol() -> str:
    """Return the class that speaks HTTP, uvicorn's own where its fast parser is not installed (Windows)."""
    return "navswap.edge.protocol:WholeAnswerProtocol" if find_spec("httptools") else "auto"


def _options(settings: Settings, port: int) -> dict[str, Any]:
    """Return how uvicorn serves a web process."""
    return {
        "host": settings.host,
        "port": port,
        "http": http_protocol(),
        "log_config": None,
        "access_log": False,
        "server_header": False,
        # The edge itself reads X-Forwarded-For, from trusted proxies only.
        "proxy_headers": False,
        "ws": "navswap.edge.frames:FrameProtocol",
        # Compressing small events costs more than half of the stream rate.
        "ws_per_message_deflate": False,
        "ws_max_size": settings.max_body_bytes,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
        "timeout_worker_healthcheck": START_SECONDS,
    }
