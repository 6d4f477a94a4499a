"""GraphiQL in a real browser, on the real application: what a developer does in the first minutes."""

import orjson
import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.factories.positions import a_principal
from tests.factories.users import PASSWORD, a_user, token_of
from tests.support.waiting import until
from tests.web.browser import Page

pytestmark = [pytest.mark.needs_chromium, pytest.mark.streams]

REQUESTS = "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/graphql')).length"
EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror"
ANSWER = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"
DIRECTIVES = {"style-src", "script-src", "connect-src"}
STATE = "document.querySelector('#session-state').innerText"
SAID = "document.querySelector('#account-said').value"


@pytest_asyncio.fixture
async def station(runtime: Runtime) -> Station:
    """The only station of the network."""
    return await a_station(runtime, charged=3)


TAKEN_OVER_AFTER_MILLISECONDS = 100
"""After an edit, GraphiQL's tab knows of it."""


@pytest_asyncio.fixture
async def page(address: str, station: Station, tab: Page) -> Page:
    """GraphiQL, open and knowing the schema."""
    del station
    await tab.visit(f"http://{address}/graphiql")
    await tab.until(f"{EDITOR}?.options.lint.schema")
    return tab


async def run_operation(page: Page, operation: str) -> None:
    """Run an operation once GraphiQL has read its name in the editor, which takes it a moment."""
    await page.until(f"{EDITOR}?.operationName === '{operation}'")
    await page.press(".graphiql-execute-button")


async def sign_in(page: Page, role: Role) -> None:
    user = await a_user(role, password=PASSWORD)
    await page.press("#account summary")
    await page.fill("#email", user.email)
    await page.fill("#password", PASSWORD)
    await entered(page, "#sign-in button", user.name)


async def entered(page: Page, button: str, name: str) -> None:
    asked = await page.run(REQUESTS)
    await page.press(button)
    await page.until(f"{STATE}.includes({orjson.dumps(name).decode()})")
    await page.until(f"{REQUESTS} > {asked}")  # the schema may be another one for who is signed in
    await page.until(f"{EDITOR}?.options.lint.schema")


async def choose(page: Page, title: str) -> None:
    """Choose an example from the shelf, which lies open at the first visit."""
    shelf = f"[...document.querySelectorAll('.examples li')].findIndex((one) => one.innerText.startsWith({orjson.dumps(title).decode()}))"
    await page.until(f"{shelf} >= 0")
    number = await page.run(shelf)
    await page.press(f".examples li:nth-child({number + 1}) button")


async def write(page: Page, document: str) -> None:
    await page.run(f"{EDITOR}.setValue({orjson.dumps(document).decode()})")


async def test_the_first_query_and_the_first_subscription_work_without_a_complaint(
    page: Page, runtime: Runtime, station: Station
) -> None:
    name = station.information.name
    await run_operation(page, "StationsNearAPoint")
    await page.until(f"{ANSWER}?.includes('{name}')")

    await page.press(".graphiql-tab:nth-child(2) .graphiql-tab-button")
    await run_operation(page, "LiveStations")
    await page.until(f"{ANSWER}?.includes('NOT_SIGNED_IN')")

    await sign_in(page, Role.STAFF)
    await run_operation(page, "LiveStations")
    await page.until(f"{ANSWER}?.includes('StationsSnapshot') && {ANSWER}.includes('{name}')")
    await StationsServices.of(runtime).stations.set_state(
        station.id, StationState.CLOSED, a_principal("admin", Role.ADMIN)
    )
    await page.until(f"{ANSWER}.includes('StationUpdate')")
    assert page.complaints == []


async def test_an_example_of_the_shelf_opens_in_a_tab_of_its_own_and_runs(
    page: Page, station: Station
) -> None:
    await write(page, "query Mine { __typename }")
    await choose(page, "Where to swap, and why")
    await run_operation(page, "WhereToSwapAndWhy")
    await page.until(f"{ANSWER}?.includes('{station.information.name}')")
    assert await page.run("document.querySelectorAll('.graphiql-tab').length") == 3
    await page.press(".graphiql-tab:nth-child(1) .graphiql-tab-button")
    await page.until(f"{EDITOR}.getValue().includes('Mine')")
    assert page.complaints == []


async def test_an_example_chosen_while_an_edit_is_taken_over_opens_whole(page: Page) -> None:
    """GraphiQL takes an edit over a moment after it was typed; a click right then has React make the new tab twice."""
    button = "document.querySelector('.examples li:nth-child(2) button')"
    await page.until(button)
    await page.run(
        "{ const later = setTimeout; let typed = true; globalThis.setTimeout = (work, ms, ...rest) => later(() => {"
        "  work(...rest);"
        f"  if (typed && ms === {TAKEN_OVER_AFTER_MILLISECONDS}) {{ typed = false; {button}.click(); }}"
        "}, ms); }"
    )
    await write(page, "query Mine { __typename }")
    await page.until(f"{EDITOR}.operationName === 'WhereToSwapAndWhy'")
    assert await page.run("document.querySelectorAll('.graphiql-tab').length") == 3
    assert page.complaints == []


async def test_an_open_explorer_stays_open_for_a_new_token(page: Page, runtime: Runtime) -> None:
    await page.press('[aria-label="Show GraphiQL Explorer"]')
    await page.until("document.querySelector('.graphiql-explorer-root')?.innerText")
    user = await a_user(Role.ANALYST)
    await page.press("#account summary")
    await page.fill("#token", f"Bearer {token_of(runtime, user)}")
    await entered(page, "#use-token button", user.name)
    await page.until("document.querySelector('.graphiql-explorer-root')?.innerText")
    assert page.complaints == []


async def test_a_token_that_is_not_good_is_said_to_be_so_and_not_used(page: Page) -> None:
    await page.press("#account summary")
    await page.fill("#token", "not-a-token")
    await page.press("#use-token button")
    await page.until(f"{SAID}.length > 10")
    assert await page.run(STATE) == "anonymous"
    await page.fill("#email", "nobody@example.test")
    await page.fill("#password", "not the password")
    await page.run("document.querySelector('#account-said').value = ''")
    await page.press("#sign-in button")
    await page.until(f"{SAID}.length > 10")
    assert await page.run(STATE) == "anonymous"


async def test_the_header_fits_a_phone(page: Page) -> None:
    await page.look(390, 844)
    await page.press("#account summary")
    assert await page.run("document.querySelector('#bar').scrollWidth") <= 390
    right = "document.querySelector('#account > div').getBoundingClientRect()"
    assert await page.run(f"{right}.left >= 0 && {right}.right <= 390")


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

    async def stopped() -> set[str]:
        return {one for one in DIRECTIVES for complaint in page.complaints if one in complaint}

    await until(stopped, lambda found: found == DIRECTIVES)
