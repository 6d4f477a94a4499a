"""A crowd wants the same thing of two web processes at once: as many get it as there is of it, all others a typed refusal."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.devstack.child import Child
from navswap.devstack.ports import free_port
from navswap.features.logistics.domain.values import JobState, OfferState
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.storage import Packs
from navswap.features.stations.storage import Stations
from navswap.kit.clock import SystemClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.e2e.scenarios import node
from tests.factories.logistics import a_job, a_transporter, offers_of, stored_job
from tests.factories.network import TAIPEI, a_station
from tests.features.logistics.test_offers import EXCLUSIVE_ROUNDS
from tests.support.api import NO_CERTIFICATES
from tests.support.command import BOUND_SECONDS, begin
from tests.support.geo import destination
from tests.support.runtime import empty_runtime
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("crowds")  # one worker runs all, on the same two web processes
CONFIRM = "mutation($input: ConfirmQueueInput!) { confirmQueue(input: $input) { __typename ... on Refusal { code } } }"
ACCEPT = (
    "mutation($input: AcceptTransportJobInput!) "
    "{ acceptTransportJob(input: $input) { __typename ... on Refusal { code } } }"
)
PLENTY = "1000000"
"""A rate that no test reaches: all these riders come from one address."""


@pytest.fixture(scope="module")
def web_processes(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[str]]:
    """The addresses of two `navswap serve` on the servers of this test run."""
    with ExitStack() as running:
        addresses = []
        for _ in range(2):
            port = free_port()
            folder = tmp_path_factory.mktemp("web")
            process = begin(settings, folder, "serve", before=partial(as_web_process, settings, port))
            running.callback(process.join)
            running.callback(process.terminate)
            addresses.append(f"127.0.0.1:{port}")
        yield addresses


def as_web_process(settings: Settings, port: int) -> None:
    os.environ |= {
        "NAVSWAP_PORT": str(port),
        "NAVSWAP_JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "NAVSWAP_REDIS_PREFIX": settings.redis_prefix,
        "NAVSWAP_KAFKA_CREATE_TOPICS": str(settings.kafka_create_topics),
        "NAVSWAP_RATE_LIMIT_ADDRESS_PER_MINUTE": PLENTY,
        "NAVSWAP_MODELS_DIR": str(settings.models_dir),
    }


@pytest_asyncio.fixture
async def runtime(database: Settings) -> AsyncIterator[Runtime]:
    """A runtime on the clock that the web processes have."""
    async with empty_runtime(database, SystemClock()) as opened:
        yield opened


@pytest_asyncio.fixture
async def crowd(web_processes: Sequence[str], runtime: Runtime) -> AsyncIterator["Crowd"]:
    """Users who ask at once, half of them each process; both are ready."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=BOUND_SECONDS, limits=limits, verify=NO_CERTIFICATES) as http:
        for address in web_processes:
            await until(partial(is_ready, http, address), within_seconds=BOUND_SECONDS)
        yield Crowd(runtime, web_processes, http)


async def is_ready(http: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await http.get(f"http://{address}/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


class Crowd:
    def __init__(self, runtime: Runtime, addresses: Sequence[str], http: httpx.AsyncClient) -> None:
        self._runtime = runtime
        self._addresses = addresses
        self._http = http

    async def confirm(self, riders: int, station_id: str) -> Counter[str]:
        """Let riders ask a station for a pack each, all at once; return how often which answer came."""
        wanted = [
            {"stationId": node("Station", station_id), "idempotencyKey": new_id()} for _ in range(riders)
        ]
        return await self._ask(CONFIRM, [new_id() for _ in wanted], Role.CONSUMER, wanted)

    async def accept(self, transporter_ids: Sequence[str], job_id: str) -> Counter[str]:
        """Let transporters accept a job, all at once; return how often which answer came."""
        wanted = [{"jobId": node("TransportJob", job_id)}] * len(transporter_ids)
        return await self._ask(ACCEPT, transporter_ids, Role.TRANSPORTER, wanted)

    async def _ask(
        self, document: str, user_ids: Sequence[str], role: Role, inputs: Sequence[dict[str, str]]
    ) -> Counter[str]:
        answers = (
            self._answer(address, document, user_id, role, wanted)
            for address, user_id, wanted in zip(cycle(self._addresses), user_ids, inputs, strict=False)
        )
        return Counter(await asyncio.gather(*answers))

    async def _answer(
        self, address: str, document: str, user_id: str, role: Role, wanted: dict[str, str]
    ) -> str:
        token, _ = self._runtime.access_tokens.issue(user_id, role, new_id())
        answer = await self._http.post(
            f"http://{address}/graphql",
            json={"query": document, "variables": {"input": wanted}},
            headers={"authorization": f"Bearer {token}"},
        )
        body = answer.json()
        if "errors" in body:
            return str(body["errors"][0]["extensions"]["code"])
        [result] = body["data"].values()
        return str(result.get("code", result["__typename"]))


async def riders_race(runtime: Runtime, crowd: Crowd, *, riders: int, packs: int) -> Counter[str]:
    """Let riders ask one station for a pack each, and return the answers; no pack is held twice, and none is left."""
    station = await a_station(runtime, charged=packs, charging=2, faulty=1)
    answers = await crowd.confirm(riders, station.id)
    entries = {pack.held_by for pack in await Packs.list_where({}) if pack.held_by is not None}
    assert len(entries) == packs
    after = await Stations.find(station.id)
    assert after is not None
    stock = after.status.stock
    assert (stock.charged_packs, stock.held_packs, after.status.queue_length) == (packs, packs, packs)
    return answers


@pytest.mark.parametrize("packs", [1, 8])
async def test_of_500_riders_as_many_get_a_hold_as_there_are_packs(
    runtime: Runtime, crowd: Crowd, packs: int
) -> None:
    answers = await riders_race(runtime, crowd, riders=500, packs=packs)
    assert answers == {"ConfirmQueuePayload": packs, "NO_CHARGED_PACK": 500 - packs}


async def test_40_riders_on_a_busy_machine_all_get_an_answer_and_no_pack_is_left_unsold(
    runtime: Runtime, crowd: Crowd, tmp_path: Path
) -> None:
    with busy_processors(tmp_path):
        answers = await riders_race(runtime, crowd, riders=40, packs=8)
    assert answers == {"ConfirmQueuePayload": 8, "NO_CHARGED_PACK": 32}


@contextmanager
def busy_processors(folder: Path) -> Iterator[None]:
    """Let each processor be busy with something else too."""
    with ExitStack() as running:
        for number in range(os.cpu_count() or 1):
            endless = Child("burner", [sys.executable, "-S", "-c", "while True: pass"], folder / str(number))
            running.callback(endless.kill)
        yield


async def test_50_transporters_of_one_job_give_one_winner(runtime: Runtime, crowd: Crowd) -> None:
    origin = await a_station(runtime, charged=6)
    target = await a_station(runtime, charged=0, point=destination(TAIPEI, 90, 3_000))
    job = await a_job(runtime, origin, target, rounds=EXCLUSIVE_ROUNDS)
    takers = [await a_transporter(runtime) for _ in range(50)]
    assert await LogisticsServices.of(runtime).matching.match_open() == 50
    answers = await crowd.accept([taker.id for taker in takers], job.id)
    assert answers == {"AcceptTransportJobPayload": 1, "TRANSPORT_JOB_TAKEN": 49}
    taken = await stored_job(job.id)
    assert taken.state is JobState.ACCEPTED
    [winner] = [offer.transporter_id for offer in await offers_of(job) if offer.state is OfferState.ACCEPTED]
    assert winner == taken.transporter_id
