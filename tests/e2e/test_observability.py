"""What can be seen of a request: one correlation id all the way, and what Prometheus scrapes."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from strawberry import relay
from structlog.testing import capture_logs

from navswap.app import create_app
from navswap.events.hub import Hub
from navswap.infra.jobs import JobDiedError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.factories.network import a_rider, a_station
from tests.support.api import Api, live, running

pytestmark = pytest.mark.streams


async def test_one_correlation_id_goes_from_the_request_to_the_log_line_of_the_subscriber(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    token, _ = runtime.access_tokens.issue(rider.id, rider.role, new_id())
    identifier = relay.to_base64("Station", station.id)
    with capture_logs() as lines:
        async with running(runtime, relay=True) as address, Api(address, token) as api:
            api.http.headers["x-correlation-id"] = "ride-42"
            async with live(address, token) as socket:
                stations = await socket.subscribe(op.STATION_CHANGED, ids=[identifier])
                await stations.next()
                await api.ask(op.CONFIRM, input={"stationId": identifier, "idempotencyKey": "k"})
                await stations.next()
    seen = {line["event"] for line in lines if line.get("correlation_id") == "ride-42"}
    assert {"event_published", "update_delivered"} <= seen
    stored = await runtime.mongo.database["outbox"].distinct(
        "envelope.correlation_id", {"envelope.type": "swapping.queue_entry.confirmed"}
    )
    assert stored == ["ride-42"]


async def test_the_answer_tells_its_correlation_id_and_a_strange_one_is_replaced(runtime: Runtime) -> None:
    async with running(runtime) as address, Api(address) as api:
        for given, kept in (("ride-7", True), ("bad id\twith spaces", False), ("x" * 65, False)):
            answer = await api.http.get(f"http://{address}/healthz", headers={"x-correlation-id": given})
            assert (answer.headers["x-correlation-id"] == given) is kept


async def test_prometheus_finds_what_operators_watch(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    token, _ = runtime.access_tokens.issue(rider.id, rider.role, new_id())
    identifier = relay.to_base64("Station", station.id)
    async with (
        running(runtime, relay=True) as address,
        Api(address, token) as api,
        live(address, token) as socket,
    ):
        stations = await socket.subscribe(op.STATION_CHANGED, ids=[identifier])
        await stations.next()
        await api.ask(op.CONFIRM, input={"stationId": identifier, "idempotencyKey": "k"})
        await api.ask(op.CONFIRM, input={"stationId": identifier, "idempotencyKey": "other"})
        await stations.next()
        text = (await api.http.get(f"http://{address}/metrics")).text
    for sample in (
        'navswap_operations_total{kind="mutation",operation="confirmQueue",outcome="ok"}',
        'navswap_operation_seconds_count{kind="mutation",operation="confirmQueue"}',
        'navswap_subscriptions{stream="stationChanged"} 1.0',
        "navswap_hub_lag_seconds",
        "navswap_outbox_pending",
        "navswap_outbox_age_seconds",
        'navswap_events_published_total{type="stations.station.changed"}',
        'navswap_refusals_total{code="ALREADY_QUEUED"}',
        "navswap_consumer_lag_messages",
        "navswap_rejections_total",
    ):
        assert sample in text, sample


async def test_a_process_is_ready_when_its_parts_answer(runtime: Runtime) -> None:
    async with running(runtime) as address, Api(address) as api:
        assert (await api.http.get(f"http://{address}/healthz")).json() == {"status": "ok"}
        ready = await api.http.get(f"http://{address}/readyz")
        assert ready.status_code == 200
        assert ready.json() == {
            "status": "ready",
            "parts": {"mongodb": "ok", "jobs": "ok", "redis": "ok", "kafka": "ok"},
        }


class DyingHub(Hub):
    """A hub with a bug."""

    async def run(self) -> None:
        raise ZeroDivisionError


async def test_a_web_process_whose_live_job_died_is_unready_while_it_ends(runtime: Runtime) -> None:
    broken = replace(runtime, hub=DyingHub(runtime.settings, runtime.clock, []))
    ending, answers = asyncio.Event(), list[httpx.Response]()
    app = create_app(runtime=broken, end_process=ending.set)

    async def process() -> None:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web")
        async with app.router.lifespan_context(app), client:
            await ending.wait()
            answers.append(await client.get("/readyz"))

    with pytest.raises(JobDiedError, match="DyingHub"):
        await process()
    [unready] = answers
    assert unready.status_code == 503
    assert unready.json()["parts"]["jobs"].startswith("JobDiedError: DyingHub.run died")
