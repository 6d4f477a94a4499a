"""Lists of what happened take a span of time."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.credits.service import CreditsServices
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.faults import a_ticket
from tests.factories.logistics import a_job
from tests.factories.network import a_station
from tests.factories.partners import a_request, a_shop
from tests.factories.swapping import a_swap, store_swap
from tests.factories.users import a_user, token_of
from tests.support.api import Api, running

LISTS = {
    "swaps": "completedAt",
    "faults": "raisedAt",
    "tickets": "openedAt",
    "transportJobs": "openedAt",
    "storageRequests": "requestedAt",
    "creditEntries": "postedAt",
}
"""The lists that take a span, and the time that it is about."""


async def one_of_each(runtime: Runtime) -> None:
    """Let one of everything that is listed happen now."""
    station, shop, user = await a_station(runtime), await a_shop(), await a_user()
    now = runtime.clock.now()
    await store_swap(a_swap(station.id, now))
    await a_ticket(runtime, station)
    await a_job(runtime, station, await a_station(runtime))
    await a_request(runtime, shop)
    by = Principal("boss", Role.ADMIN, new_id(), now + timedelta(hours=1))
    await CreditsServices.of(runtime).credits.adjust(user.id, 100, "A gift", new_id(), by)


async def test_lists_are_cut_to_a_span_whose_begin_counts_and_whose_end_does_not(
    runtime: Runtime, clock: ManualClock
) -> None:
    moments = []
    for _ in range(3):
        moments.append(clock.now().isoformat())
        await one_of_each(runtime)
        clock.advance(timedelta(hours=1))
    first, second, third = moments
    spans: dict[str, tuple[dict[str, Any] | None, int]] = {
        "none": (None, 3),
        "empty": ({}, 3),
        "from the second": ({"since": second}, 2),
        "before the second": ({"until": second}, 1),
        "the second": ({"since": second, "until": third}, 1),
        "before all": ({"until": first}, 0),
    }
    admin = await a_user(Role.ADMIN)
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        for name, time in LISTS.items():
            kind = {"creditEntries": "CreditEntry"}.get(name, name[0].upper() + name[1:-1])
            document = f"query ($filter: {kind}FilterInput) {{ {name}(filter: $filter) {{ edges {{ node {{ {time} }} }} }} }}"
            for what, (span, count) in spans.items():
                found = await api.ask(document, filter={"span": span})
                assert len(found["edges"]) == count, (name, what)
            backwards = await api.post(document, filter={"span": {"since": second, "until": first}})
            [error] = backwards["errors"]
            assert error["extensions"]["code"] == "INVALID_INPUT"
            assert error["extensions"]["field"] == "filter.span.until"


@pytest.mark.parametrize("role", [Role.CONSUMER, Role.TRANSPORTER, Role.PARTNER])
async def test_a_span_shows_nothing_of_others(runtime: Runtime, clock: ManualClock, role: Role) -> None:
    await one_of_each(runtime)
    span = {"since": (clock.now() - timedelta(hours=1)).isoformat()}
    lists = {Role.CONSUMER: "swaps", Role.TRANSPORTER: "transportJobs", Role.PARTNER: "storageRequests"}
    document = f"query ($span: TimeSpanInput) {{ {lists[role]}(filter: {{span: $span}}) {{ edges {{ node {{ id }} }} }} }}"
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(role))) as api:
        assert (await api.ask(document, span=span))["edges"] == []
