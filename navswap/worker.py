"""The second process: outbox relay, consumers, scheduled decisions."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Iterable
from functools import partial
from typing import Any

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from starlette.applications import Starlette

from navswap.events.archive.consumer import ArchiveConsumer
from navswap.events.consumer import FactConsumer
from navswap.events.dead_letters import Replayable
from navswap.events.deliveries import Deliveries
from navswap.events.outbox import observe_outbox
from navswap.events.relay import Relay
from navswap.infra.garbage import leave_alone_what_stays
from navswap.infra.jobs import BackgroundJobs, every
from navswap.infra.telemetry import configure_logging
from navswap.runtime import Runtime, open_runtime, prepare_topics
from navswap.settings import Settings
from navswap.slice import Scheduled, fact_topics, topics_of
from navswap.web import health, metrics

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
ARCHIVE_MAINTENANCE_SECONDS = 600.0


async def run(settings: Settings) -> None:
    """Work until stopped by SIGINT or SIGTERM; raises JobDiedError when a job dies, after closing in order."""
    configure_logging(settings)
    async with open_runtime(settings) as runtime:
        await _wait_for_topics(settings)
        archive = archive_consumer(runtime)
        async with BackgroundJobs(*jobs(runtime, archive), leave_alone_what_stays()) as running:
            log.info("worker_started", port=settings.worker_port)
            await _serve_health(runtime, running, archive)
            log.info("worker_stopped")


def jobs(runtime: Runtime, archive: ArchiveConsumer | None = None) -> list[Coroutine[Any, Any, None]]:
    """Return everything that a worker does, as endless coroutines."""
    return [
        *streams(runtime, fact_consumers(runtime), archive),
        *(every(scheduled.seconds, scheduled.work, scheduled.name) for scheduled in schedule(runtime)),
    ]


def streams(
    runtime: Runtime, consumers: Iterable[FactConsumer], archive: ArchiveConsumer | None = None
) -> list[Coroutine[Any, Any, None]]:
    """Return what a worker does whenever something happens: publish facts, react to them, archive them, forecast."""
    consumers = list(consumers)
    relay = Relay(
        runtime.settings,
        runtime.mongo.database,
        runtime.producer,
        runtime.clock,
        groups_that_react(consumers),
        reading_all=() if archive is None else (archive.group,),
    )
    return [
        relay.run(),
        runtime.forecaster.run(),
        Deliveries(runtime.clock, is_archiving=archive is not None).run(),
        *(facts.run() for facts in consumers),
        *archive_jobs(archive),
        *(job for part in runtime.slices for job in part.worker_jobs(part.services.of(runtime))),
    ]


def archive_jobs(archive: ArchiveConsumer | None) -> list[Coroutine[Any, Any, None]]:
    """Return what a worker does for the archive, where there is one."""
    if archive is None:
        return []
    return [archive.run(), every(ARCHIVE_MAINTENANCE_SECONDS, archive.maintain, "archive_maintenance")]


def archive_consumer(runtime: Runtime) -> ArchiveConsumer | None:
    """Return the consumer that archives all topics; None where the settings name no archive."""
    if not runtime.settings.archive_url:
        return None
    raw = {topic: read for part in runtime.slices for topic, read in part.archived.items()}
    return ArchiveConsumer(runtime.settings, runtime.clock, fact_topics(runtime.slices), raw)


def schedule(runtime: Runtime) -> list[Scheduled]:
    """Return what a worker does because time has passed, low slices first."""
    return [scheduled for part in runtime.slices for scheduled in part.schedule(part.services.of(runtime))]


def fact_consumers(runtime: Runtime) -> list[FactConsumer]:
    """Return a consumer for each slice that reacts to others."""
    consumers: list[FactConsumer] = []
    for part in runtime.slices:
        if part.reactions is not None:
            reactions = part.reactions(part.services.of(runtime))
            consumers.append(
                FactConsumer(
                    runtime.settings,
                    runtime.mongo,
                    runtime.clock,
                    group=part.name,
                    topics=topics_of(reactions, runtime.slices),
                    reactions=reactions,
                )
            )
    return consumers


def groups_that_react(consumers: Iterable[FactConsumer]) -> dict[str, list[str]]:
    """Return the consumer groups by the type of the facts that they react to."""
    groups: dict[str, list[str]] = defaultdict(list)
    for consumer in consumers:
        for type_ in consumer.reacts_to:
            groups[type_].append(consumer.group)
    return dict(groups)


def replayable(runtime: Runtime) -> list[Replayable]:
    """Return all consumers of a worker, each of which can replay its dead letters."""
    others = (consumer for part in runtime.slices for consumer in part.replayable(part.services.of(runtime)))
    archive = archive_consumer(runtime)
    return [*fact_consumers(runtime), *others, *([] if archive is None else [archive])]


async def _wait_for_topics(settings: Settings) -> None:
    while True:
        try:
            await prepare_topics(settings)
        except (KafkaError, OSError) as error:
            log.warning("kafka_unreachable", bootstrap=settings.kafka_bootstrap, error=str(error))
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _serve_health(runtime: Runtime, running: BackgroundJobs, archive: ArchiveConsumer | None) -> None:
    """Serve health and metrics of the worker until a signal or the death of a job ends the process.

    A signal lets the jobs finish first what was published; uvicorn raises it again once the lifespan has ended.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        if archive is not None:
            archive.finish()
        if not running.has_died:
            await Deliveries(runtime.clock, is_archiving=archive is not None).drain()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            *health.routes(
                required={"mongodb": runtime.mongo.ping, "jobs": running.check},
                useful={
                    "kafka": runtime.producer.probe,
                    **({} if archive is None else {"archive": archive.check}),
                },
            ),
            *metrics.routes(lambda: observe_outbox(runtime.clock)),
        ],
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=runtime.settings.host,
            port=runtime.settings.worker_port,
            log_config=None,
            access_log=False,
        )
    )
    running.when_one_dies(partial(setattr, server, "should_exit", True))
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve()
