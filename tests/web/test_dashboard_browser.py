"""The dashboard in a real browser, on the real application: what an operator sees and does."""

from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.events.relay import Relay
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.users.service import User
from navswap.infra.jobs import BackgroundJobs
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.positions import a_principal
from tests.factories.users import PASSWORD, a_user
from tests.support.api import running
from tests.web.browser import Page, chromium_page

pytestmark = [pytest.mark.needs_chromium, pytest.mark.streams]

ROW = "document.querySelector('#station-list button')?.innerText"
CONNECTION = "document.querySelector('#connection').dataset.state"


@pytest_asyncio.fixture
async def station(runtime: Runtime) -> Station:
    """The only station of the network."""
    return await a_station(runtime, charged=3)


@pytest_asyncio.fixture
async def page(runtime: Runtime, station: Station) -> AsyncIterator[Page]:
    """The dashboard, open and showing the station."""
    del station
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
    async with running(runtime) as address, BackgroundJobs(relay.run()), chromium_page() as page:
        await page.visit(f"http://{address}/")
        await page.until(f"{ROW}?.includes('3 free')")
        yield page


async def sign_in(page: Page, user: User, password: str = PASSWORD) -> None:
    for field, value in (("email", user.email), ("password", password)):
        await page.run(f"document.querySelector('#{field}').value = {orjson.dumps(value).decode()}")
    await page.press("#sign-in button")


async def reach(page: Page, selector: str) -> None:
    """Scroll to an element and press it."""
    await page.run(f"document.querySelector('{selector}').scrollIntoView({{block: 'center'}})")
    await page.press(selector)


async def close(runtime: Runtime, station: Station, state: StationState = StationState.CLOSED) -> None:
    await StationsServices.of(runtime).stations.set_state(station.id, state, a_principal("admin", Role.ADMIN))


async def test_an_operator_signs_in_and_sees_the_network_live(
    page: Page, runtime: Runtime, station: Station
) -> None:
    await sign_in(page, await a_user(Role.ADMIN, password=PASSWORD))
    await page.until(f"{CONNECTION} === 'live'")
    await page.until("document.querySelector('#network-figures').innerText.includes('Stations open')")
    await close(runtime, station)
    await page.until(f"{ROW}.includes('CLOSED')")
    await reach(page, "#station-list button")
    await page.until("document.querySelector('#station-title').innerText.length > 0")
    await page.until("document.querySelectorAll('#slots li').length > 0")
    await page.until("document.querySelector('#station-extra').innerText.includes('Faults')")
    await reach(page, "#station button.query")
    await page.until("document.querySelector('#query-text').innerText.includes('query Station(')")
    assert page.complaints == []


async def test_a_lost_socket_is_regained_and_nothing_is_missed(
    page: Page, runtime: Runtime, station: Station
) -> None:
    await sign_in(page, await a_user(Role.STAFF, password=PASSWORD))
    await page.until(f"{CONNECTION} === 'live'")
    await close(runtime, station)
    await page.until(f"{ROW}.includes('CLOSED')")
    await page.run("navswap.live.socket.close()")
    await page.until(f"{CONNECTION} === 'reconnecting'")
    await close(runtime, station, StationState.OPEN)
    await page.until(f"{CONNECTION} === 'live'")
    await page.until(f"{ROW}.includes('3 free')")
    assert page.complaints == []


async def test_a_wrong_password_is_said_and_a_rider_sees_what_is_public(page: Page) -> None:
    rider = await a_user(password=PASSWORD)
    await sign_in(page, rider, "not the password")
    await page.until("document.querySelector('#sign-in-state').value.length > 12")
    await sign_in(page, rider)
    await page.until(f"{CONNECTION} === 'live'")
    assert await page.run("document.querySelector('#network').hidden")
    await page.press("#sign-out")
    await page.until("!document.querySelector('#sign-in').hidden")
    assert page.complaints == []
