"""One transport job through the domain alone, in memory, and through the services on MongoDB: alike, step by step."""

from collections import defaultdict
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent, list_stream
from navswap.events.payloads import read_fact
from navswap.events.stream import Loaded
from navswap.features.credits.service import CreditsServices
from navswap.features.logistics.domain.needs import StationInventory, demand_span, stock_less_demand
from navswap.features.logistics.domain.planning import NetworkView
from navswap.features.logistics.domain.values import JobOffer, JobState, TransportJob
from navswap.features.logistics.events import JobChanged, OfferChanged, PlanMade, job_stream, offers_stream
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.logistics.slice import parameters_of
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import JobOffers, Transporters
from navswap.features.logistics.storage.plans import RebalancingPlans
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.facts import Fact
from navswap.kit.roads import free_roads
from navswap.runtime import Runtime
from tests.factories.logistics import a_transporter, be_seen, demand, drive, packs_at
from tests.factories.network import TAIPEI, a_station
from tests.factories.positions import a_principal
from tests.features.logistics.in_memory import InMemory
from tests.support.geo import destination

FAR = destination(TAIPEI, 90, 3_000)
HORIZON = timedelta(hours=2)
PUBLISHED: list[type[Fact]] = [PlanMade, *JobChanged.__subclasses__(), *OfferChanged.__subclasses__()]
KINDS = {kind.type: kind for kind in PUBLISHED}


class Replayed:
    """Hands out the ids that the services made."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = iter(ids)

    def new(self) -> str:
        return next(self._ids)


class Both:
    """A town with one surplus, one deficit and two transporters, on MongoDB and in memory."""

    def __init__(
        self, runtime: Runtime, clock: ManualClock, surplus: Station, short: Station, drivers: list[User]
    ) -> None:
        self.runtime = runtime
        self.clock = clock
        self.surplus = surplus
        self.short = short
        self.near, self.far = (driver.id for driver in drivers)
        self.drivers = drivers
        self.services = LogisticsServices.of(runtime)
        self.snapshots: dict[str, Loaded[list[JobOffer]]] = {}
        self.memory = InMemory(
            clock,
            parameters_of(runtime.settings),
            {surplus.id: TAIPEI, short.id: FAR, self.near: TAIPEI, self.far: FAR},
        )
        for driver in drivers:
            self.memory.set_online(driver.id, is_online=True, capacity_packs=12)

    @property
    def job(self) -> TransportJob:
        [job] = self.memory.jobs.values()
        return job

    async def plan(self) -> None:
        made = await self.services.rebalancing.plan()
        ids = [made.id, *(load.job_id for load in made.loads if load.job_id)]
        self.memory.plan(self._network(), Replayed(ids))
        await self.agree()

    async def match(self) -> None:
        await self.services.matching.match_open()
        known = set(self.memory.offers)
        self.memory.match(
            Replayed([offer.id for offer in await JobOffers.list_where({}) if offer.id not in known])
        )
        await self.agree()

    async def expire(self) -> None:
        self.clock.advance(timedelta(seconds=self.runtime.settings.offer_seconds))
        await self.services.matching.expire_due()
        self.memory.expire()
        await self.agree()

    async def accept(self, driver: str) -> None:
        await self._step(self.services.jobs.accept(self.job.id, driver))
        self.memory.accept(self.job.id, driver)
        await self.agree()

    async def decline(self, driver: str) -> None:
        await self._step(self.services.jobs.decline(self.job.id, driver))
        self.memory.decline(self.job.id, driver)
        await self.agree()

    async def pick_up(self, driver: str, packs: list[str]) -> None:
        await drive(self.runtime, driver, self.surplus)
        await self._step(self.services.custody.pick_up(self.job.id, driver, packs))
        self.memory.pick_up(self.job.id, driver, packs)
        await self.agree()

    async def deliver(self, driver: str, packs: list[str]) -> None:
        scanned = [ScannedPack(serial) for serial in packs]
        await drive(self.runtime, driver, self.short)
        await self._step(self.services.custody.deliver(self.job.id, driver, scanned))
        self.memory.deliver(self.job.id, driver, packs)
        await self.agree()

    async def fail(self, driver: str) -> None:
        await self._step(self.services.jobs.fail(self.job.id, driver, "flat tyre"))
        self.memory.fail(self.job.id, driver, "flat tyre")
        await self.agree()

    async def cancel(self) -> None:
        boss = a_principal("boss", Role.ADMIN)
        await self._step(self.services.jobs.cancel(self.job.id, "road closed", boss))
        self.memory.cancel(self.job.id, "road closed")
        await self.agree()

    async def lapse(self) -> None:
        self.clock.advance(self.job.due_at - self.clock.now())
        await self.services.jobs.lapse_due()
        self.memory.lapse()
        await self.agree()
        for driver in self.drivers:
            await be_seen(self.runtime, driver, self.memory.points[driver.id])

    async def go_offline(self, driver: str) -> None:
        await self._step(self.services.transporters.set_online(driver, is_online=False))
        self.memory.set_online(driver, is_online=False)
        await self.agree()

    async def packs(self) -> list[str]:
        return (await packs_at(self.runtime, self.surplus))[: self.job.packs]

    async def agree(self) -> None:
        """Require that all stored values, published facts and streams are those of the domain."""
        memory = self.memory
        assert await RebalancingPlans.find_by_ids(list(memory.plans)) == memory.plans
        assert {job.id: job for job in await TransportJobs.list_where({})} == memory.jobs
        assert {offer.id: offer for offer in await JobOffers.list_where({})} == memory.offers
        stored = await Transporters.find_by_ids([self.near, self.far])
        assert stored == memory.transporters
        assert by_key(await published()) == by_key(memory.facts)
        for driver in (self.near, self.far):
            paid = await CreditsServices.of(self.runtime).credits.balance(driver)
            assert paid.balance == memory.earned(driver)
            await self._verify_offers(driver)
        await self._verify_job()

    async def _verify_offers(self, driver: str) -> None:
        """Require that the last snapshot of offers and the updates since make the fresh snapshot."""
        fresh = await self.services.transports.load_live_offers(driver)
        before = self.snapshots.get(driver, Loaded([], {offers_stream(driver): 0}))
        live = {offer.id: offer for offer in before.state}
        for update in await updates(offers_stream(driver), before.position, fresh.position):
            offer = read_fact(OfferChanged, update).offer
            live.pop(offer.id, None)
            live |= {offer.id: offer} if offer.is_live else {}
        assert list(live.values()) == fresh.state
        self.snapshots[driver] = fresh

    async def _verify_job(self) -> None:
        """Require that the last update of the job is its fresh snapshot, and that none before it is missing."""
        fresh = await self.services.transports.load_live_job(self.job.id)
        stream = job_stream(self.job.id)
        *_, last = await updates(stream, {stream: 0}, fresh.position)
        assert read_fact(JobChanged, last).job == fresh.state

    async def _step(self, work: Awaitable[object]) -> None:
        self.clock.advance(timedelta(seconds=7))
        await work

    def _network(self) -> NetworkView:
        inventories = [
            StationInventory(self.surplus.id, TAIPEI, 6, 0, 0, 6),
            StationInventory(self.short.id, FAR, 0, 0, 0, 12),
        ]
        return NetworkView(
            as_of=self.clock.now(),
            inventories=sorted(inventories, key=lambda inventory: inventory.station_id),
            forecasts=stock_less_demand(inventories, {inventories[1].key: 3}, HORIZON),
            capacities=[12, 12],
            slow_down=free_roads,
            last_number=0,
        )


async def published() -> list[Fact]:
    """Return the facts of logistics, in the order of their publication."""
    events = await OutboxEvent.find({"envelope.topic": "logistics"}).sort("position").to_list()
    return [read_fact(KINDS[event.envelope["type"]], event.envelope["payload"]) for event in events]


async def updates(stream: str, since: Mapping[str, int], to: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the payloads of a stream between two positions; each is there, once."""
    found = await list_stream(stream, after=since[stream])
    assert found is not None
    assert [envelope.streams[stream] for envelope in found] == list(range(since[stream] + 1, to[stream] + 1))
    return [envelope.payload for envelope in found]


def by_key(facts: list[Fact]) -> dict[str, list[Fact]]:
    """Return facts by what orders them: between two keys there is no order."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.key()].append(fact)
    return found


async def both(runtime: Runtime, clock: ManualClock) -> Both:
    surplus = await a_station(runtime, charged=6)
    short = await a_station(runtime, charged=0, point=FAR)
    await demand(runtime, short.id, demand_span(clock.now()) - timedelta(days=7), 3)
    drivers = [await a_transporter(runtime), await a_transporter(runtime, point=FAR)]
    town = Both(runtime, clock, surplus, short, drivers)
    await town.plan()
    return town


async def test_a_job_is_planned_offered_accepted_picked_up_and_delivered(
    runtime: Runtime, clock: ManualClock
) -> None:
    town = await both(runtime, clock)
    await town.match()
    await town.accept(town.near)
    await town.accept(town.near)
    first, *others = await town.packs()
    await town.pick_up(town.near, [first])
    await town.pick_up(town.near, [first, *others])
    await town.deliver(town.near, [first])
    await town.deliver(town.near, others)
    assert (town.job.state, town.memory.earned(town.near)) == (JobState.DELIVERED, town.job.reward_credits)


async def test_a_job_is_declined_not_answered_offered_to_all_and_cancelled(
    runtime: Runtime, clock: ManualClock
) -> None:
    town = await both(runtime, clock)
    await town.match()
    await town.decline(town.near)
    await town.match()
    await town.expire()
    await town.match()
    await town.cancel()
    assert (town.job.state, town.job.rounds) == (JobState.CANCELLED, 3)


async def test_a_job_lapses_is_open_again_and_ends_in_part(runtime: Runtime, clock: ManualClock) -> None:
    town = await both(runtime, clock)
    await town.match()
    await town.accept(town.near)
    await town.lapse()
    await town.match()
    await town.accept(town.far)
    packs = await town.packs()
    await town.pick_up(town.far, packs)
    await town.deliver(town.far, packs[:1])
    await town.fail(town.far)
    assert (town.job.state, town.job.attempts) == (JobState.PARTIAL, 2)


async def test_a_job_that_no_transporter_takes_fails(runtime: Runtime, clock: ManualClock) -> None:
    town = await both(runtime, clock)
    await town.match()
    await town.go_offline(town.near)
    await town.match()
    await town.lapse()
    assert (town.job.state, town.job.end_reason) == (JobState.FAILED, "no transporter took it in time")


async def test_a_job_in_transit_lapses_in_part(runtime: Runtime, clock: ManualClock) -> None:
    town = await both(runtime, clock)
    await town.match()
    await town.accept(town.near)
    packs = await town.packs()
    await town.pick_up(town.near, packs)
    await town.deliver(town.near, packs[:2])
    await town.lapse()
    assert (town.job.state, town.job.end_reason) == (JobState.PARTIAL, "not delivered in time")
