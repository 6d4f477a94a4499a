"""The dashboard in a real browser, on the real application: what an operator sees and does."""

from datetime import timedelta
from pathlib import Path

import pytest

from navswap.auth.roles import Role
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.service import FaultsServices
from navswap.features.network.service import STEP, NetworkServices
from navswap.features.predictions.service import PredictionsServices
from navswap.features.staffing.service import StaffingServices
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.swapping.domain.values import ReturnedPack
from navswap.features.swapping.service import SwappingServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.faults import a_ticket, the_ticket
from tests.factories.models import a_known_swap, serve_model, to_the_hour
from tests.factories.network import a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.staffing import a_staff_member, asked, on_the_roster
from tests.factories.users import PASSWORD, a_user
from tests.features.swapping.steps import confirm, verify
from tests.support.geo import destination
from tests.web.browser import Page, new_page
from tests.web.steps import CONNECTION, PANEL, ROW, open_panel, reach, sign_in, sign_in_as

pytestmark = [pytest.mark.needs_chromium, pytest.mark.streams]

AXE = Path(__file__).parent / "axe" / "axe.min.js"
NOTHING_IS_ASKED_BY_THE_CLOCK = "for (let id = 0; id < 10_000; id += 1) clearInterval(id)"


async def close(runtime: Runtime, station: Station, state: StationState = StationState.CLOSED) -> None:
    await StationsServices.of(runtime).stations.set_state(station.id, state, a_principal("admin", Role.ADMIN))


async def test_an_operator_signs_in_sees_the_network_live_and_opens_a_station(
    page: Page, runtime: Runtime, station: Station
) -> None:
    await sign_in_as(page, Role.ADMIN)
    await page.until(f"{PANEL}.includes('Stations open')")
    await close(runtime, station)
    await page.until(f"{ROW}.includes('CLOSED')")
    await reach(page, "#tab-stations")
    await reach(page, "#station-list button")
    await page.until("document.querySelectorAll('#slots li').length === 12")
    await page.until("document.querySelector('#station-content').innerText.includes('Faults')")
    await page.press("#station-query")
    await page.until("document.querySelector('#query-text').innerText.includes('query Station(')")


async def test_a_swap_is_watched_as_it_happens(page: Page, runtime: Runtime, station: Station) -> None:
    await sign_in_as(page, Role.ADMIN)
    await reach(page, "#tab-stations")
    await reach(page, "#station-list button")
    await page.until("document.querySelectorAll('#slots li[data-kind=full]').length === 3")
    rider, pack = await a_rider()
    assert pack is not None
    entry = await confirm(runtime, rider.id, station)
    await page.until("document.querySelector('#queue')?.innerText.includes('confirmed')")
    await page.until("document.querySelectorAll('#slots li[data-kind=held]').length === 1")
    await verify(runtime, entry, station)
    await page.until("document.querySelector('#queue')?.innerText.includes('verified')")
    await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", ReturnedPack(pack.id, 9.0))
    await page.until("!document.querySelector('#queue')")
    await page.until("document.querySelector('#slots').innerText.includes('9 %')")
    await page.until(f"{ROW}.includes('2 free, 0 waiting')")
    await page.press("#station-close")
    await open_panel(page, "network")
    await page.until(f"{PANEL}.includes('Latest swaps') && {PANEL}.includes('{station.information.name}')")


async def test_a_ticket_is_assigned_and_resolved_by_who_may(
    page: Page, runtime: Runtime, station: Station
) -> None:
    technician = await a_staff_member(runtime, station, technician=True)
    await a_ticket(runtime, station)
    await sign_in_as(page, Role.ADMIN)
    await open_panel(page, "tickets")
    await reach(page, "#ticket-list button")
    await page.until(f"document.querySelector('#assign-ticket')?.innerText.includes('{technician.name}')")
    await reach(page, "#assign-ticket button")
    await page.until("document.querySelector('#ticket-said').value === 'Assigned.'")
    assert (await the_ticket(station)).assignee_id == technician.id
    await page.run("document.querySelector('#resolve-ticket select').value = 'RESET_MODULE'")
    await page.fill("#resolve-ticket input", "restarted it by hand")
    await reach(page, "#resolve-ticket button")
    await page.until("document.querySelector('#ticket-state').innerText === 'resolved'")
    await page.until(f"{PANEL}.includes('restarted it by hand')")


async def test_tickets_and_jobs_appear_and_go_as_it_happens(
    page: Page, runtime: Runtime, station: Station
) -> None:
    """Nothing is asked for again and again: what shows them is the stream that the panel follows."""
    await sign_in_as(page, Role.ADMIN)
    await open_panel(page, "tickets")
    await page.until(f"{PANEL}.includes('Nothing waits to be repaired')")
    await page.run(NOTHING_IS_ASKED_BY_THE_CLOCK)
    ticket = await a_ticket(runtime, station)
    await page.until("document.querySelectorAll('#ticket-list li').length === 1")
    admin = a_principal("admin", Role.ADMIN)
    await FaultsServices.of(runtime).tickets.resolve(ticket.id, admin, Action.RESET_MODULE, "restarted it")
    await page.until(f"{PANEL}.includes('Nothing waits to be repaired')")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.STAFF])
async def test_assignments_appear_and_go_as_it_happens(
    page: Page, runtime: Runtime, station: Station, role: Role
) -> None:
    """An administrator follows those of all, a member of staff its own."""
    user = await sign_in_as(page, role)
    if role is Role.STAFF:
        await on_the_roster(runtime, user, station)
        person = user
    else:
        person = await a_staff_member(runtime, station)
    target = await a_station(runtime, point=destination(station.information.point, 90.0, 2000))
    await open_panel(page, "staff")
    await page.until(f"{PANEL}.includes('All staff are at their home stations')")
    await page.run(NOTHING_IS_ASKED_BY_THE_CLOCK)
    assignment = await asked(runtime, person.id, station.id, target.id)
    await page.until(f"{PANEL}.includes('{target.information.name}') && {PANEL}.includes('proposed')")
    await StaffingServices.of(runtime).assignments.decline(assignment.id, person.id)
    await page.until(f"{PANEL}.includes('All staff are at their home stations')")


async def test_what_was_forecast_is_shown_beside_what_came(
    page: Page, runtime: Runtime, station: Station, clock: ManualClock
) -> None:
    await serve_model(runtime, "load", {"swaps_p10": 0.5, "swaps_p50": 1.0, "swaps_p90": 1.5})
    quality = PredictionsServices.of(runtime).quality
    to_the_hour(clock)
    for _ in range(2):
        a_known_swap(runtime, station.id)
        await quality.record_hour()
        clock.advance(timedelta(hours=3))
        a_known_swap(runtime, station.id)
        assert await quality.settle_due() > 0
    await sign_in_as(page, Role.ANALYST)
    await open_panel(page, "models")
    says = "document.querySelector('#outcomes-say')?.innerText"
    await page.until(f"{says}?.startsWith('Off by 1 on average')")
    assert await page.run("document.querySelectorAll('.chart .came').length") == 2
    await page.run(AXE.read_text("utf-8") + "; undefined")
    assert await violations(page) == []
    await page.run(
        "(() => { const one = document.querySelector('#past-model'); one.value = 'traffic'; "
        "one.dispatchEvent(new Event('change')); })()"
    )
    await page.until(f"{PANEL}.includes('their chart begins after two of them')")
    await reach(page, "#tab-stations")
    await reach(page, "#station-list button")
    await page.until(f"{says}?.startsWith('Off by 1 on average')")


async def test_the_session_of_the_dashboard_is_that_of_graphiql(
    page: Page, devtools: str, address: str
) -> None:
    """In another tab it is lent without a token in any address, in the same tab it goes on, and it ends where it began."""
    user = await sign_in_as(page, Role.ANALYST)
    state = "document.querySelector('#session-state')?.innerText"
    who = f"{user.name}, analyst"
    await page.press("#panel-query")
    link = await page.run("document.querySelector('#query-open').href")
    assert await page.run("navswap.session.token") not in link
    async with new_page(devtools, beside=page) as other:
        await other.visit(link)
        await other.until(f"{state} === '{who}'")
        assert await other.run("location.hash + JSON.stringify(Object.values(sessionStorage))") == (
            f'["{await page.run("navswap.session.id")}"]'
        )
        await page.run("navswap.session.renew()")
        await other.visit(f"http://{address}/graphiql")
        await other.until(f"{state} === '{who}'")
        await page.run("document.querySelector('#query-dialog').close()")
        await page.press("#sign-out")
        await other.until(f"{state} === 'anonymous'")
    await sign_in(page, user)
    await page.until(f"{CONNECTION} === 'live'")
    await page.visit(f"http://{address}/graphiql")
    await page.until(f"{state} === '{who}'")
    await page.visit(f"http://{address}/")
    await page.until(f"{CONNECTION} === 'live'")


async def test_a_session_that_is_lent_late_is_taken_all_the_same(page: Page, devtools: str) -> None:
    user = await sign_in_as(page, Role.ANALYST)
    state = "document.querySelector('#session-state')?.innerText"
    await page.run(
        "{ const { lending } = navswap.session; const lend = lending.onmessage;"
        " lending.onmessage = (event) => { globalThis.lendLate = () => lend(event); }; }"
    )
    await page.press("#panel-query")
    link = await page.run("document.querySelector('#query-open').href")
    async with new_page(devtools, beside=page) as other:
        await other.visit(link)
        await page.until("globalThis.lendLate")
        await other.until("location.hash === ''")  # it has waited, and is shown without a session
        assert await other.run(state) == "anonymous"
        await page.run("lendLate()")
        await other.until(f"{state} === '{user.name}, analyst'")
        assert other.complaints == []


async def test_an_analyst_may_look_at_tickets_and_not_act(
    page: Page, runtime: Runtime, station: Station
) -> None:
    await a_ticket(runtime, station)
    await sign_in_as(page, Role.ANALYST)
    await open_panel(page, "tickets")
    await reach(page, "#ticket-list button")
    await page.until(f"{PANEL}.includes('Your role may look on')")
    assert await page.run("document.querySelectorAll('#panel-content form').length") == 0


async def test_a_lost_socket_is_regained_and_nothing_is_missed(
    page: Page, runtime: Runtime, station: Station
) -> None:
    await sign_in_as(page, Role.STAFF)
    await close(runtime, station)
    await page.until(f"{ROW}.includes('CLOSED')")
    await page.run("navswap.live.connect = () => { globalThis.isDue = true; }; navswap.live.socket.close()")
    await page.until("globalThis.isDue")
    await page.until(f"{CONNECTION} === 'reconnecting'")
    await close(runtime, station, StationState.OPEN)
    await page.run("delete navswap.live.connect; navswap.live.connect()")
    await page.until(f"{CONNECTION} === 'live'")
    await page.until(f"{ROW}.includes('3 free')")


async def test_a_wrong_password_is_said_and_a_rider_sees_what_is_public(page: Page) -> None:
    rider = await a_user(password=PASSWORD)
    await sign_in(page, rider, "not the password")
    await page.until("document.querySelector('#sign-in-state').value.length > 12")
    await sign_in(page, rider)
    await page.until(f"{CONNECTION} === 'live'")
    assert await page.run("[...document.querySelectorAll('[role=tab]')].map((tab) => tab.innerText)") == [
        "Stations"
    ]
    await page.press("#sign-out")
    await page.until("!document.querySelector('#sign-in').hidden")


async def test_the_map_goes_back_in_time_and_returns_to_now(
    page: Page, runtime: Runtime, clock: ManualClock, station: Station
) -> None:
    history = NetworkServices.of(runtime).history
    await history.record()
    await close(runtime, station)
    clock.advance(STEP)
    await history.record()
    until = (clock.now() + timedelta(seconds=1)).timestamp() * 1000
    await page.run(f"Date.now = () => {until}")  # the past of the test's clock
    await sign_in_as(page, Role.STAFF)
    await page.until("navswap.past.moments.length === 2")
    seen = "navswap.map.seen([...navswap.map.stations.values()][0]).status.state"
    await page.until(f"{seen} === 'CLOSED'")
    for value, state in (("0", "OPEN"), ("1", "CLOSED")):
        await page.run(
            f"(() => {{ const one = document.querySelector('#time-slider'); one.value = '{value}'; "
            "one.dispatchEvent(new Event('input')); })()"
        )
        await page.until(f"navswap.map.past !== null && {seen} === '{state}'")
    await page.press("#time-live")
    await page.until("navswap.map.past === null")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_panel_is_clean_by_axe(
    page: Page, runtime: Runtime, station: Station, dark: bool
) -> None:
    await page.look(still=True, dark=dark)
    await page.run(AXE.read_text("utf-8") + "; undefined")
    assert await violations(page) == []
    await page.run("document.querySelector('#panels').insertAdjacentHTML('beforeend', '<img id=\"bad\">')")
    assert any("image-alt" in found for found in await violations(page))  # the test of the test
    await page.run("document.querySelector('#bad').remove()")
    await a_ticket(runtime, station)
    await sign_in_as(page, Role.ADMIN)
    for panel in ("network", "queues", "transport", "staff", "tickets", "energy", "models", "stations"):
        await open_panel(page, panel) if panel != "stations" else await reach(page, "#tab-stations")
        assert await violations(page) == [], panel
    await reach(page, "#station-list button")
    await page.until("document.querySelector('#station-content').innerText.includes('Faults')")
    assert await violations(page) == []
    await page.press("#station-query")
    await page.until("document.querySelector('#query-dialog').open")
    assert await violations(page) == []


async def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page, each with the elements."""
    found: list[str] = await page.run(
        "axe.run().then(({violations}) => violations.flatMap((one) => one.nodes.map((node) => "
        "`${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"
    )
    return found


async def test_the_keyboard_reaches_every_panel_and_leaves_a_station(page: Page) -> None:
    await sign_in_as(page, Role.ANALYST)
    await page.run("document.querySelector('[role=tab][aria-selected=true]').focus()")
    for panel in ("queues", "transport", "staff", "tickets", "energy", "models", "stations"):
        await page.key("ArrowRight")
        await page.until(f"document.activeElement.id === 'tab-{panel}'")
    await page.run("document.querySelector('#station-list button').focus()")
    await page.run("document.activeElement.click()")
    await page.until("document.activeElement.id === 'station-title'")
    await page.key("Escape")
    await page.until("document.querySelector('#station').hidden")


async def test_the_colours_of_stations_say_what_is_asked_of_them(page: Page) -> None:
    """Waits are asked for only where the map is to show them."""
    station = "[...navswap.map.stations.values()][0]"
    legend = "document.querySelector('#legend-title').innerText"
    assert await page.run(f"{station}.wait === undefined && {legend} === 'Free packs'")
    await page.press("#scales [data-scale=wait]")
    await page.until(f"{station}.wait?.promisedWaitMinutes > 0 && {legend}.startsWith('Wait')")
    await page.press("#scales [data-scale=queue]")
    await page.until(f"{legend} === 'Riders in the queue'")


async def test_a_wait_that_is_unknown_is_not_shown_as_a_short_one(page: Page) -> None:
    shades = (
        "import('/dashboard/scales.js').then(({shade}) => [null, 0, 2.5, 7, 11].map((waitP90Minutes) => "
        "shade({status: {state: 'OPEN'}, wait: {waitP90Minutes, promisedWaitMinutes: 10}}, 'wait')))"
    )
    assert await page.run(shades) == ["--closed", "--scale-4", "--scale-4", "--scale-2", "--scale-0"]
