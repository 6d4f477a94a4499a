"""One Chromium for all tests of pages, and one tab, the real application behind it, for each."""

from collections.abc import AsyncIterator

import pytest_asyncio

from navswap.features.stations.service import Station
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.support.api import running
from tests.web.browser import Page, chromium, new_page
from tests.web.steps import ROW


@pytest_asyncio.fixture(scope="session")
async def devtools() -> AsyncIterator[str]:
    """The browser of this worker."""
    async with chromium() as address:
        yield address


@pytest_asyncio.fixture
async def tab(devtools: str) -> AsyncIterator[Page]:
    """A tab on no page yet."""
    async with new_page(devtools) as page:
        yield page


@pytest_asyncio.fixture
async def address(runtime: Runtime) -> AsyncIterator[str]:
    """Host and port of the application, with what carries the events of a change."""
    async with running(runtime, relay=True) as address:
        yield address


@pytest_asyncio.fixture
async def station(runtime: Runtime) -> Station:
    """The only station of the network."""
    return await a_station(runtime, charged=3)


@pytest_asyncio.fixture
async def page(address: str, station: Station, tab: Page) -> AsyncIterator[Page]:
    """The dashboard, open and showing the station."""
    del station
    await tab.look(still=True)  # what moves for ever has the page drawn 60 times a second
    await tab.visit(f"http://{address}/")
    await tab.until(f"{ROW}?.includes('3 free')")
    yield tab
    assert tab.surprises == []
