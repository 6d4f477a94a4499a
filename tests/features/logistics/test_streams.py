"""What a client that watches a transport job or its offers holds is what a fresh snapshot has, around every step."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.events import JobChanged, OfferChanged
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.logistics import a_job, a_transporter, be_seen, drive, packs_at, stored_job
from tests.factories.network import TAIPEI, a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.support.geo import destination
from tests.support.streams import merge, types_of, upsert, verify_stream

FAR = destination(TAIPEI, 90, 3_000)
BOSS = a_principal("boss", Role.ADMIN)


JOBS = upsert("jobs", "job", ended=lambda job: job["endedAt"] is not None)
OFFERS = upsert("offers", "offer", ended=lambda offer: offer["state"] != "OFFERED")


class Haul:
    """One transport job with two transporters, each step of it watched by an administrator and by both of them."""

    def __init__(
        self, runtime: Runtime, clock: ManualClock, origin: Station, job: TransportJob, drivers: list[User]
    ) -> None:
        self.near, self.far = drivers
        self.seen: set[str] = set()
        self._runtime = runtime
        self._clock = clock
        self._origin = origin
        self._job = job
        self._services = LogisticsServices.of(runtime)

    async def is_offered(self) -> None:
        async with self._watched():
            assert await self._services.matching.match_open() > 0

    async def is_declined(self, driver: User) -> None:
        async with self._watched(changes_job=False):
            await self._services.jobs.decline(self._job.id, driver.id)

    async def is_not_answered(self) -> None:
        async with self._watched(changes_job=False):
            self._clock.advance(timedelta(seconds=self._runtime.settings.offer_seconds))
            await self._services.matching.expire_due()

    async def is_accepted(self, driver: User) -> None:
        await self._step(self._services.jobs.accept(self._job.id, driver.id))

    async def is_picked_up(self, driver: User) -> list[str]:
        packs = (await packs_at(self._runtime, self._origin))[: self._job.packs]
        await drive(self._runtime, driver.id, self._origin)
        await self._step(self._services.custody.pick_up(self._job.id, driver.id, packs))
        return packs

    async def is_delivered(self, driver: User, packs: list[str]) -> None:
        scanned = [ScannedPack(serial_number) for serial_number in packs]
        await drive(self._runtime, driver.id, FAR)
        await self._step(self._services.custody.deliver(self._job.id, driver.id, scanned))

    async def is_failed(self, driver: User) -> None:
        await self._step(self._services.jobs.fail(self._job.id, driver.id, "flat tyre"))

    async def is_cancelled(self) -> None:
        await self._step(self._services.jobs.cancel(self._job.id, "road closed", BOSS))

    async def is_late(self) -> None:
        async with self._watched():
            self._clock.advance((await stored_job(self._job.id)).due_at - self._clock.now())
            await self._services.jobs.lapse_due()
        for driver, point in ((self.near, TAIPEI), (self.far, FAR)):
            await be_seen(self._runtime, driver, point)

    async def loses_a_transporter(self, driver: User) -> None:
        async with self._watched(changes_job=False):
            await self._services.transporters.set_online(driver.id, is_online=False)

    async def is_over(self) -> None:
        for driver in (self.near, self.far):
            await self._services.transporters.set_online(driver.id, is_online=False)

    async def _step(self, work: Awaitable[object]) -> None:
        async with self._watched():
            await work

    @asynccontextmanager
    async def _watched(self, *, changes_job: bool = True) -> AsyncIterator[None]:
        runtime, key = self._runtime, node("TransportJob", self._job.id)
        async with AsyncExitStack() as stack:
            job = await stack.enter_async_context(
                verify_stream(
                    runtime,
                    await a_user(Role.ADMIN),
                    "transportJobChanged",
                    merge("job"),
                    quiet=not changes_job,
                    id=key,
                )
            )
            jobs = await stack.enter_async_context(
                verify_stream(
                    runtime,
                    await a_user(Role.ADMIN),
                    "transportJobsChanged",
                    JOBS,
                    quiet=not changes_job,
                    stationIds=[node("Station", self._origin.id)],
                )
            )
            offers = [
                await stack.enter_async_context(
                    verify_stream(runtime, driver, "jobOffersChanged", OFFERS, quiet=None)
                )
                for driver in (self.near, self.far)
            ]
            yield
        self.seen.update(*(stream.facts for stream in (job, jobs, *offers)))


async def a_haul(runtime: Runtime, clock: ManualClock) -> Haul:
    origin, target = await a_station(runtime, charged=6), await a_station(runtime, charged=0, point=FAR)
    drivers = [await a_transporter(runtime), await a_transporter(runtime, point=FAR)]
    return Haul(runtime, clock, origin, await a_job(runtime, origin, target), drivers)


async def delivered(haul: Haul) -> None:
    await haul.is_offered()
    await haul.is_accepted(haul.near)
    first, *others = await haul.is_picked_up(haul.near)
    await haul.is_delivered(haul.near, [first])
    await haul.is_delivered(haul.near, others)


async def offered_to_all_and_cancelled(haul: Haul) -> None:
    await haul.is_offered()
    await haul.is_declined(haul.near)
    await haul.is_offered()
    await haul.is_not_answered()
    await haul.is_offered()
    await haul.is_cancelled()


async def late_and_delivered_in_part(haul: Haul) -> None:
    await haul.is_offered()
    await haul.is_accepted(haul.near)
    await haul.is_late()
    await haul.is_offered()
    await haul.is_accepted(haul.far)
    packs = await haul.is_picked_up(haul.far)
    await haul.is_delivered(haul.far, packs[:1])
    await haul.is_failed(haul.far)


async def without_a_transporter(haul: Haul) -> None:
    await haul.is_offered()
    await haul.loses_a_transporter(haul.near)
    await haul.is_late()


async def test_a_job_and_its_offers_are_followed_through_every_step(
    runtime: Runtime, clock: ManualClock
) -> None:
    seen: set[str] = set()
    for course in (
        delivered,
        offered_to_all_and_cancelled,
        late_and_delivered_in_part,
        without_a_transporter,
    ):
        haul = await a_haul(runtime, clock)
        await course(haul)
        await haul.is_over()
        seen |= haul.seen
    assert seen == types_of(JobChanged) | types_of(OfferChanged)


async def test_jobs_of_stations_that_are_added_later_are_followed(runtime: Runtime) -> None:
    target = await a_station(runtime, charged=0, point=FAR)
    before = await a_job(runtime, await a_station(runtime, charged=6), target, is_published=False)
    jobs = LogisticsServices.of(runtime).jobs
    async with verify_stream(runtime, await a_user(Role.ADMIN), "transportJobsChanged", JOBS) as stream:
        late = await a_job(runtime, await a_station(runtime, charged=6), target, is_published=False)
        await jobs.cancel(late.id, "road closed", BOSS)
        await jobs.cancel(before.id, "road closed", BOSS)
    assert [job["id"] for job in stream.snapshot["jobs"]] == [node("TransportJob", before.id)]
    changed = [update["job"]["id"] for update in stream.updates]
    assert changed == [node("TransportJob", job.id) for job in (late, before)]
