"""GraphiQL in a real browser, on the real application: what a developer does in the first minutes."""

from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.events.relay import Relay
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.infra.jobs import BackgroundJobs
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.positions import a_principal
from tests.factories.users import PASSWORD, a_user
from tests.support.api import Api, running
from tests.web.browser import Page, chromium_page

pytestmark = [pytest.mark.needs_chromium, pytest.mark.streams]

REQUESTS = "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/graphql')).length"
EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror"
ANSWER = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"
SIGN_IN = """mutation ($input: SignInInput!) {
  signIn(input: $input) { ... on SignInPayload { session { accessToken } } }
}"""


@pytest_asyncio.fixture
async def station(runtime: Runtime) -> Station:
    """The only station of the network."""
    return await a_station(runtime, charged=3)


@pytest_asyncio.fixture
async def address(runtime: Runtime, station: Station) -> AsyncIterator[str]:
    """Host and port of the application, with its station and what carries the events of a change."""
    del station
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
    async with running(runtime) as address, BackgroundJobs(relay.run()):
        yield address


@pytest_asyncio.fixture
async def page(address: str) -> AsyncIterator[Page]:
    """GraphiQL, open and knowing the schema."""
    async with chromium_page() as page:
        await page.visit(f"http://{address}/graphql")
        await page.until(f"{EDITOR}?.options.lint.schema")
        yield page


async def access_token(address: str) -> str:
    user = await a_user(Role.STAFF, password=PASSWORD)
    async with Api(address) as api:
        answer = await api.ask(SIGN_IN, input={"email": user.email, "password": PASSWORD})
    token = answer["session"]["accessToken"]
    assert isinstance(token, str)
    return token


async def run_operation(page: Page, operation: str) -> None:
    """Run an operation once GraphiQL has read its name in the editor, which takes it a moment."""
    await page.until(f"{EDITOR}?.operationName === '{operation}'")
    await page.press(".graphiql-execute-button")


async def use_token(page: Page, token: str) -> None:
    await page.run(f"document.querySelector('#token').value = {orjson.dumps(token).decode()}")
    asked = await page.run(REQUESTS)
    await page.press("#session button")
    await page.until("document.querySelector('#session-state').value === 'token in use'")
    await page.until(f"{REQUESTS} > {asked}")  # the schema may be another one for who is signed in
    await page.until(f"{EDITOR}?.options.lint.schema")


async def write(page: Page, document: str) -> None:
    await page.run(f"{EDITOR}.setValue({orjson.dumps(document).decode()})")


async def test_the_first_query_and_the_first_subscription_work_without_a_complaint(
    page: Page, address: str, runtime: Runtime, station: Station
) -> None:
    name = station.information.name
    await run_operation(page, "Stations")
    await page.until(f"{ANSWER}?.includes('{name}')")

    await page.press(".graphiql-tab:nth-child(2) .graphiql-tab-button")
    await run_operation(page, "StationChanged")
    await page.until(f"{ANSWER}?.includes('NOT_SIGNED_IN')")

    await use_token(page, await access_token(address))
    await run_operation(page, "StationChanged")
    await page.until(f"{ANSWER}?.includes('StationsSnapshot') && {ANSWER}.includes('{name}')")
    await StationsServices.of(runtime).stations.set_state(
        station.id, StationState.CLOSED, a_principal("admin", Role.ADMIN)
    )
    await page.until(f"{ANSWER}.includes('StationUpdate')")
    assert page.complaints == []


async def test_every_part_of_the_page_works_under_its_policy(page: Page) -> None:
    for dialog in ("Open settings dialog", "Open short keys dialog"):
        await page.press(f'[aria-label="{dialog}"]')
        await page.until("document.querySelector('.graphiql-dialog')")
        await page.press(".graphiql-dialog-close")
        await page.until("!document.querySelector('.graphiql-dialog')")
    for plugin, content in (
        ("Show Documentation Explorer", ".graphiql-doc-explorer-content"),
        ("Show History", ".graphiql-history"),
        ("Show GraphiQL Explorer", ".graphiql-explorer-root"),
    ):
        await page.press(f'[aria-label="{plugin}"]')
        await page.until(f"document.querySelector('{content}')?.innerText")
    await write(page, "query A { __typename } query B { __typename }")
    await run_operation(page, "A")
    await page.press(".graphiql-dropdown-item:nth-child(2)")
    await page.until(f"{ANSWER}?.includes('Query')")
    assert page.complaints == []


async def test_the_policy_stops_what_is_injected(page: Page) -> None:
    """The test of the tests above: were the policy off, nothing could complain."""
    await page.run("document.body.insertAdjacentHTML('beforeend', '<style>body { color: red }</style>')")
    await page.run(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.injected = 1'}))"
    )
    await page.run("fetch('http://127.0.0.1:9/').catch(() => 0)")
    assert await page.run("window.injected === undefined")
    assert await page.run("getComputedStyle(document.body).color !== 'rgb(255, 0, 0)'")
    for directive in ("style-src", "script-src", "connect-src"):
        assert any(directive in complaint for complaint in page.complaints)
