"""The dashboard when something goes wrong, is late, or is longer than one would think."""

from datetime import timedelta

import orjson
import pytest

from navswap.auth.roles import Role
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.faults import a_ticket
from tests.factories.network import a_station
from tests.factories.positions import a_principal
from tests.factories.staffing import a_staff_member, asked
from tests.web.browser import Page
from tests.web.steps import CONNECTION, PANEL, ROW, open_panel, reach, sign_in_as

pytestmark = [pytest.mark.needs_chromium, pytest.mark.streams]

FETCH = """
globalThis.meet = (operation, how) => {
  const fetched = globalThis.fetch;
  globalThis.fetch = (url, request) => (String(request?.body).includes(operation) ? how(() => fetched(url, request)) : fetched(url, request));
  return () => { globalThis.fetch = fetched; };
};
"""
"""Gives the page `meet`: what is to become of the requests of an operation, until the function returned is called."""
OVERLAPPING = (
    "[...document.querySelectorAll('#panel-content :is(th, td)')]"
    ".filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.innerText)"
)
"""The cells of tables whose content reaches into the next one."""
ARABIC = "محطة التبديل الشمالية"
LIFE = timedelta(minutes=10)
RAN_OUT = "401"
"""The browser writes down each answer to a token that has ended."""
LONG = "Donaudampfschifffahrtsgesellschaftsbatteriewechselstation" * 2


async def test_a_panel_that_cannot_be_filled_says_so_and_tries_again(page: Page) -> None:
    await sign_in_as(page, Role.ADMIN)
    await page.run(FETCH + "globalThis.leave = meet('query Energy', () => Promise.reject(new TypeError()));")
    await reach(page, "#tab-energy")
    await page.until(f"{PANEL}.includes('The server cannot be reached. ')")
    await page.run("leave()")
    await reach(page, "#panel-content .failure button")
    await page.until(f"{PANEL}.includes('Prices now')")
    await page.run(
        "globalThis.leave = meet('query Energy', async () => new Response('Bad gateway', {status: 502}))"
    )
    await page.run("document.dispatchEvent(new Event('visibilitychange'))")
    await page.until(
        "document.querySelector('#panel-state').value.endsWith('The server answered with status 502.')"
    )
    assert await page.run(f"{PANEL}.includes('Prices now')")  # what was found before stays
    await page.run("leave(); document.dispatchEvent(new Event('visibilitychange'))")
    await page.until("document.querySelector('#panel-state').value === ''")


async def test_an_answer_for_the_user_before_is_shown_to_no_other(page: Page) -> None:
    await sign_in_as(page, Role.ADMIN)
    await open_panel(page, "queues")
    await page.run(
        FETCH
        + "globalThis.held = []; meet('query LatestSwaps', (ask) => new Promise((done) => held.push([done, ask])));"
    )
    await reach(page, "#tab-network")
    await page.until("held.length === 1")
    await page.press("#sign-out")
    await page.until(f"{CONNECTION} === 'idle'")
    await sign_in_as(page, Role.ANALYST)
    await page.until("held.length === 2")
    await page.run("held[1][0](held[1][1]())")
    await page.until(f"{PANEL}.includes('No swap yet')")
    late: dict[str, object] = {
        "id": "1",
        "station": {"id": "1", "name": "Elsewhere"},
        "packsOut": [],
        "packsIn": [],
        "completedAt": None,
    }
    body = orjson.dumps({"data": {"swaps": {"edges": [{"node": late}]}}}).decode()
    await page.run(f"held[0][0]({{ status: 200, json: async () => ({body}) }})")
    await page.run("new Promise((done) => setTimeout(done))")  # all that waited for the answer has run
    assert not await page.run(f"{PANEL}.includes('Elsewhere')")


async def test_a_session_that_ran_out_is_renewed_and_nothing_is_missed(
    page: Page, runtime: Runtime, station: Station, clock: ManualClock
) -> None:
    page.expected = RAN_OUT
    await sign_in_as(page, Role.ADMIN)
    token = await page.run("navswap.session.token")
    await page.run("navswap.session.keptAt = -Infinity")
    clock.advance(LIFE * 2)
    admin = a_principal("admin", Role.ADMIN)
    await StationsServices.of(runtime).stations.set_state(station.id, StationState.CLOSED, admin)
    await page.until(f"{ROW}.includes('CLOSED')")
    assert await page.run("navswap.session.token") != token


async def test_a_query_after_the_session_ran_out_renews_it_and_asks_again(
    page: Page, clock: ManualClock
) -> None:
    page.expected = RAN_OUT
    await sign_in_as(page, Role.ADMIN)
    clock.advance(LIFE * 2)
    found = await page.run("Promise.all([1, 2].map(() => navswap.session.ask('LatestSwaps')))")
    assert [sorted(answer) for answer in found] == [["swaps"], ["swaps"]]


async def test_a_connection_of_before_does_not_come_back_beside_the_new_one(page: Page) -> None:
    await sign_in_as(page, Role.STAFF)
    await page.run(
        "{ const set = setTimeout; globalThis.late = []; globalThis.setTimeout = (work, ms) => { const id = set(work, 86_400_000); late.push([id, work]); return id; };"
        "navswap.live.socket.close(); globalThis.setBack = () => { globalThis.setTimeout = set; }; }"
    )
    await page.until("late.length > 0")
    await page.run("setBack()")
    await page.run(
        "{ const clear = clearTimeout; globalThis.clearTimeout = (id) => { clear(id); late = late.filter(([other]) => other !== id); }; }"
    )
    await page.press("#sign-out")
    await page.until(f"{CONNECTION} === 'idle'")
    await sign_in_as(page, Role.STAFF)
    await page.run("globalThis.connected = navswap.live.socket; late.forEach(([, work]) => work())")
    assert await page.run("navswap.live.socket === connected")


async def test_who_signs_out_is_signed_out_on_the_server_too(page: Page) -> None:
    await sign_in_as(page, Role.STAFF)
    refresh = await page.run("navswap.session.current.refreshToken")
    await page.run(
        FETCH
        + "meet('mutation SignOut', async (ask) => { const answer = await ask(); globalThis.isOut = true; return answer; });"
    )
    await page.press("#sign-out")
    await page.until("globalThis.isOut")
    await page.run(
        f"navswap.session.keep({{ refreshToken: {orjson.dumps(refresh).decode()}, user: {{ role: 'STAFF', name: '' }} }}); "
        "navswap.session.renew()"
    )
    assert await page.run("navswap.session.current") is None


async def test_the_focus_goes_back_to_what_opened_a_station(page: Page) -> None:
    await sign_in_as(page, Role.ANALYST)
    await reach(page, "#tab-stations")
    await page.run("document.querySelector('#station-list button').focus()")
    await page.run("document.activeElement.click()")
    await page.until("document.activeElement.id === 'station-title'")
    await page.run("navswap.stations.list()")  # the list was made again meanwhile
    await page.key("Escape")
    await page.until("document.activeElement.matches('#station-list button')")
    await page.run("navswap.stations.list()")
    assert await page.run("document.activeElement.matches('#station-list button')")
    await page.run("document.querySelector('#tab-stations').focus()")
    for key, tab in (("Home", "network"), ("End", "stations")):
        await page.key(key)
        await page.until(f"document.activeElement.id === 'tab-{tab}'")


async def test_nothing_is_wider_than_a_small_phone_however_long_the_names(
    page: Page, runtime: Runtime, station: Station, address: str
) -> None:
    long = await a_station(runtime, name=LONG)
    await a_station(runtime, name=ARABIC)
    await a_ticket(runtime, long)
    person = await a_staff_member(runtime, station)
    await asked(runtime, person.id, station.id, long.id)
    await page.visit(f"http://{address}/")
    await page.look(320, 568)
    await page.until("document.querySelectorAll('#station-list button').length === 3")
    await sign_in_as(page, Role.ADMIN)
    for panel in ("network", "queues", "transport", "staff", "tickets", "energy", "models"):
        await open_panel(page, panel)
        assert await page.run("document.documentElement.scrollWidth") == 320, panel
        assert await page.run(OVERLAPPING) == [], panel
    await reach(page, "#tab-stations")
    assert await page.run("document.documentElement.scrollWidth") == 320
    shown = f"[...document.querySelectorAll('#station-list bdi')].some((one) => one.innerText === '{ARABIC}')"
    assert (
        await page.run(f"{shown} && getComputedStyle(document.querySelector('bdi')).unicodeBidi") == "isolate"
    )
    await reach(page, f"#station-list button[data-key$='{await page.run(key_of(LONG))}']")
    await page.until("document.querySelectorAll('#slots li').length > 0")
    assert await page.run("document.documentElement.scrollWidth") == 320


def key_of(name: str) -> str:
    """Return the expression for the id of a station with a name."""
    return f"[...navswap.map.stations.values()].find((one) => one.name === '{name}').id"


async def test_a_click_is_not_lost_to_what_changes_while_the_button_is_held(page: Page) -> None:
    await reach(page, "#tab-stations")
    await page.press(
        "#station-list button",
        meanwhile="{ const [id] = navswap.map.stations.keys();"
        " navswap.stations.put(id, { state: 'OPEN', freePacks: 9, queueLength: 0 }); navswap.stations.list(); }",
    )
    await page.until("document.querySelector('#station-title').innerText !== ''")
    await page.until(f"{ROW}?.includes('9 free')")


async def test_stations_that_cannot_be_read_are_asked_for_again(
    runtime: Runtime, address: str, tab: Page
) -> None:
    await a_station(runtime, charged=3)
    await tab.call(
        "Page.addScriptToEvaluateOnNewDocument",
        source=FETCH + "globalThis.leave = meet('query Stations', () => Promise.reject(new TypeError()));",
    )
    await tab.visit(f"http://{address}/#station=%")
    await tab.until("document.querySelector('#count .failure') !== null")
    await tab.run("leave()")
    await tab.press("#count button")
    await tab.until(f"{ROW}?.includes('3 free')")
    assert tab.complaints == []
