"""The second process: outbox relay, consumers, scheduled decisions."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from starlette.applications import Starlette

from navswap.events import topics
from navswap.events.consumer import FactConsumer
from navswap.events.outbox import observe_outbox
from navswap.events.relay import Relay
from navswap.features.credits import reactions as credit
from navswap.features.credits.service import CreditService
from navswap.features.energy import reactions as energy
from navswap.features.energy.service import ChargingService
from navswap.features.faults.service import FaultDesk, TicketService
from navswap.features.logistics import reactions as logistics
from navswap.features.logistics.service import JobService, MatchingService, RebalancingService
from navswap.features.partners.service import ShopService, StorageFeeService, StorageRequestService
from navswap.features.positions.service.consumer import PositionConsumer
from navswap.features.procurement import reactions as procurement
from navswap.features.procurement.service import ProcurementService
from navswap.features.staffing import reactions as staffing
from navswap.features.staffing.service import AssignmentService, ProposalService, StaffService
from navswap.features.swapping import reactions as swapping
from navswap.features.swapping.service import HoldService, MoveService
from navswap.features.traffic.service import TrafficMapUpdater
from navswap.infra.jobs import BackgroundJobs, every
from navswap.infra.telemetry import configure_logging
from navswap.runtime import Runtime, open_runtime, prepare_topics
from navswap.settings import Settings
from navswap.web import health, metrics

log = structlog.get_logger(__name__)

LAPSE_SECONDS = 1.0
"""How often lapsed holds are looked for; the slot of a lapsed hold is free at most so much later."""
PLAN_SECONDS = 1.0
"""How often charging plans that are due are looked for."""
RELIEVE_SECONDS = 5.0
"""How often queues that break their promise are looked for, to send somebody."""
DIVERT_SECONDS = 900.0
"""How often the staff is compared with the work foreseen."""
ENROL_SECONDS = 30.0
"""How often stations are looked for that have no charging plan yet."""
OFFER_SECONDS = 1.0
"""How often offers that were not answered in time are looked for."""
MATCH_SECONDS = 5.0
"""How often open transport jobs and free transporters are matched: long enough for a batch to gather."""
TRANSPORT_SECONDS = 15.0
"""How often late transport jobs, and a plan that is due, are looked for."""
STORAGE_SECONDS = 300.0
"""How often the packs at partner shops are counted, and the nights that are over are paid."""
FAULT_SECONDS = 1.0
"""How often faults that are due, overdue tickets and silent stations are looked for."""
ORDER_SECONDS = 900.0
"""How often depots are looked at that have no proposal of today yet."""
TRAFFIC_SECONDS = 15.0
"""How often probes are made into the traffic map."""
RETRY_SECONDS = 1.0


async def run(settings: Settings) -> None:
    """Work until stopped by SIGINT or SIGTERM; raises JobDiedError when a job dies, after closing in order."""
    configure_logging(settings)
    async with open_runtime(settings) as runtime:
        await _wait_for_topics(settings)
        async with BackgroundJobs(*jobs(runtime)) as running:
            log.info("worker_started", port=settings.worker_port)
            await _serve_health(runtime, running)
            log.info("worker_stopped")


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Work that a worker does again and again, `seconds` apart; it does what is due and is harmless when nothing is."""

    seconds: float
    work: Callable[[], Awaitable[object]]
    name: str


def jobs(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
    """Return everything that a worker does, as endless coroutines."""
    return [
        *streams(runtime, fact_consumers(runtime)),
        *(every(one.seconds, one.work, one.name) for one in schedule(runtime)),
    ]


def streams(runtime: Runtime, consumers: Iterable[FactConsumer]) -> list[Coroutine[Any, Any, None]]:
    """Return what a worker does whenever something happens: publish facts, react to them, follow positions."""
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
    return [
        relay.run(),
        *(facts.run() for facts in consumers),
        runtime.services.get(PositionConsumer).run(),
    ]


def schedule(runtime: Runtime) -> list[Scheduled]:
    """Return what a worker does because time has passed."""
    services = runtime.services
    charging, proposals = services.get(ChargingService), services.get(ProposalService)
    matching, transports = services.get(MatchingService), services.get(JobService)
    desk, tickets = services.get(FaultDesk), services.get(TicketService)
    return [
        Scheduled(TRAFFIC_SECONDS, services.get(TrafficMapUpdater).refresh_due, "refresh_traffic"),
        Scheduled(LAPSE_SECONDS, services.get(HoldService).lapse_due, "lapse_holds"),
        Scheduled(FAULT_SECONDS, desk.advance_due, "advance_faults"),
        Scheduled(FAULT_SECONDS, desk.miss_heartbeats, "miss_heartbeats"),
        Scheduled(FAULT_SECONDS, tickets.escalate_due, "escalate_tickets"),
        Scheduled(LAPSE_SECONDS, services.get(StorageRequestService).lapse_due, "lapse_storage_requests"),
        Scheduled(STORAGE_SECONDS, services.get(ShopService).count_all_anew, "count_shops"),
        Scheduled(STORAGE_SECONDS, services.get(StorageFeeService).pay_due, "pay_storage"),
        Scheduled(ORDER_SECONDS, services.get(ProcurementService).propose_due, "propose_stock_orders"),
        Scheduled(OFFER_SECONDS, matching.expire_due, "expire_offers"),
        Scheduled(MATCH_SECONDS, matching.match_due, "match_transport_jobs"),
        Scheduled(TRANSPORT_SECONDS, transports.lapse_due, "lapse_transport_jobs"),
        Scheduled(TRANSPORT_SECONDS, services.get(RebalancingService).plan_due, "plan_rebalancing"),
        Scheduled(PLAN_SECONDS, charging.plan_due, "plan_charging"),
        Scheduled(ENROL_SECONDS, charging.enrol_all, "enrol_stations_for_energy"),
        Scheduled(LAPSE_SECONDS, services.get(AssignmentService).lapse_due, "lapse_assignments"),
        Scheduled(RELIEVE_SECONDS, proposals.relieve, "relieve_queues"),
        Scheduled(DIVERT_SECONDS, proposals.propose, "propose_diversions"),
    ]


def fact_consumers(runtime: Runtime) -> list[FactConsumer]:
    """Return a consumer for each slice that reacts to others."""
    services = runtime.services
    reacting = {
        "swapping": (
            (topics.GEOFENCES, topics.FAULTS, topics.PACKS, topics.STATIONS),
            swapping.reactions(services.get(HoldService), services.get(MoveService)),
        ),
        "procurement": ((topics.PACKS,), procurement.reactions(services.get(ProcurementService))),
        "credits": ((topics.SWAPPING,), credit.reactions(services.get(CreditService))),
        "logistics": ((topics.SWAPPING,), logistics.reactions()),
        "staffing": (
            (topics.STATIONS, topics.SWAPPING, topics.FAULTS, topics.GEOFENCES),
            staffing.reactions(services.get(StaffService), services.get(AssignmentService)),
        ),
        "energy": (
            (topics.STATIONS, topics.SWAPPING, topics.FAULTS),
            energy.reactions(services.get(ChargingService)),
        ),
    }
    return [
        FactConsumer(
            runtime.settings,
            runtime.mongo,
            runtime.clock,
            group=group,
            topics=listens_to,
            reactions=reactions,
        )
        for group, (listens_to, reactions) in reacting.items()
    ]


async def _wait_for_topics(settings: Settings) -> None:
    while True:
        try:
            await prepare_topics(settings)
        except (KafkaError, OSError) as error:
            log.warning("kafka_unreachable", bootstrap=settings.kafka_bootstrap, error=str(error))
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _serve_health(runtime: Runtime, running: BackgroundJobs) -> None:
    """Serve health and metrics of the worker until a signal or the death of a job ends the process."""
    app = Starlette(
        routes=[
            *health.routes(
                required={"mongodb": runtime.mongo.ping, "jobs": running.check},
                useful={"kafka": runtime.producer.probe},
            ),
            *metrics.routes(lambda: observe_outbox(runtime.clock)),
        ]
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
