"""What can be seen of a request: one correlation id all the way, and what Prometheus scrapes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from strawberry import relay
from structlog.testing import capture_logs

from navswap.app import create_app
from navswap.events.hub import Hub
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.infra import telemetry
from navswap.infra.jobs import JobDiedError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.e2e import operations as op
from tests.factories.network import a_rider, a_station
from tests.support.api import Api, live, running
from tests.support.waiting import until

pytestmark = pytest.mark.streams


PUBLISHED = 'navswap_events_published_total{type="stations.station.changed"}'
"""Counted once the event is marked in the outbox, when Kafka may have brought it to subscribers already."""


def events_of(correlation_id: str, lines: Sequence[Mapping[str, Any]]) -> Callable[[], Awaitable[set[str]]]:
    """Return a look at what was logged of a request; the relay logs an event behind its publishing."""

    async def look() -> set[str]:
        return {line["event"] for line in lines if line.get("correlation_id") == correlation_id}

    return look


async def metrics(api: Api) -> str:
    return (await api.http.get(f"http://{api.address}/metrics")).text


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
                await until(events_of("ride-42", lines), {"event_published", "update_delivered"}.issubset)
    stored = await runtime.mongo.database["outbox"].distinct(
        "envelope.correlation_id", {"envelope.type": "swapping.queue_entry.confirmed"}
    )
    assert stored == ["ride-42"]


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-correlation-id": "ride-43"}, "ride-43"),
        ({"traceparent": TRACE}, TRACE[3:35]),
        ({"x-correlation-id": "ride-44", "traceparent": TRACE}, "ride-44"),
        ({"traceparent": TRACE.replace("4", "x")}, None),
    ],
)
async def test_at_the_default_level_one_id_is_in_the_lines_of_request_relay_reaction_and_subscriber(
    runtime: Runtime, headers: dict[str, str], expected: str | None
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    token, _ = runtime.access_tokens.issue(rider.id, rider.role, new_id())
    identifier = relay.to_base64("Station", station.id)
    confirmed = "swapping.queue_entry.confirmed"
    with capture_logs(processors=[telemetry.with_correlation_id]) as lines:
        async with running(runtime, relay=True) as address, Api(address, token) as api:
            api.http.headers.update(headers)
            async with live(address, token) as socket:
                stations = await socket.subscribe(op.STATION_CHANGED, ids=[identifier])
                await stations.next()
                await api.ask(op.CONFIRM, input={"stationId": identifier, "idempotencyKey": "k"})
                await stations.next()
            [event] = await OutboxEvent.find({"envelope.type": confirmed}).to_list()
            envelope = envelope_of(event.model_dump())
            record = SimpleNamespace(value=envelope.to_bytes())
            [staffing] = [one for one in fact_consumers(runtime) if one.group == "staffing"]
            await staffing.handle(cast(Any, record))
            chosen = expected or envelope.correlation_id
            await until(events_of(chosen, lines), {"event_published", "update_delivered"}.issubset)
    assert envelope.correlation_id == chosen
    seen = {
        line["event"]: line
        for line in lines
        if line["log_level"] == "info" and line.get("correlation_id") == chosen
    }
    assert {"operation", "event_published", "event_handled", "update_delivered"} <= seen.keys()
    assert seen["operation"]["operation"] == "confirmQueue"
    assert (seen["event_handled"]["group"], seen["event_handled"]["reactions"]) == (
        "staffing",
        ["record_rider"],
    )
    trace = headers.get("traceparent") if expected else None
    assert envelope.traceparent == trace
    assert seen["operation"].get("traceparent") == seen["event_handled"].get("traceparent") == trace


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
        await until(partial(metrics, api), lambda text: PUBLISHED in text)
        text = await metrics(api)
    for sample in (
        'navswap_operations_total{kind="mutation",operation="confirmQueue",outcome="ok"}',
        'navswap_operation_seconds_count{kind="mutation",operation="confirmQueue"}',
        'navswap_subscriptions{stream="stationChanged"} 1.0',
        "navswap_hub_lag_seconds",
        "navswap_outbox_pending",
        "navswap_outbox_age_seconds",
        PUBLISHED,
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
