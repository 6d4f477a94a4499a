"""Packs withdrawn: a bad batch is recalled while a rider has a hold of one of it; one goes to the depot and is retired."""

from typing import Any

from tests.e2e.day.people import Person
from tests.e2e.day.riders import arrive, hold_at, swap
from tests.e2e.day.stations import packs_in_slots
from tests.e2e.day.town import Town
from tests.e2e.day.transport import drive
from tests.e2e.scenarios import node
from tests.support.waiting import until

ORDER = "order { changedPacks heldPacks packs { serialNumber } }"
CONDITION = "query Condition($serial: String!) { pack(serialNumber: $serial) { condition place { kind } } }"


async def is_recalled(town: Town, driver: Person) -> None:
    """Two packs of the yard are recalled, and again as the answer was lost; the rider who held one of them swaps another one."""
    [rider] = await town.idle_riders(1)
    hold = await hold_at(town, rider, "yard")
    assert hold is not None
    held = hold.entry["packs"][0]["serialNumber"]
    packs = await packs_in_slots(town, "yard")
    fit = [pack["serialNumber"] for pack in packs if pack["condition"] == "FIT"]
    sound = next(serial for serial in fit if serial != held)
    recalled = await _order(town, "recallPacks", [held, sound], "Bad welds")
    assert (recalled["changedPacks"], recalled["heldPacks"]) == (2, 1)
    assert sorted(pack["serialNumber"] for pack in recalled["packs"]) == sorted([held, sound])
    await until(hold.look, lambda entry: bool(entry["moves"]))
    await town.check()
    await town.pass_minutes(6)
    await arrive(town, hold)
    await swap(town, hold)
    await _is_scrapped(town, driver, held)
    assert (await _order(town, "releasePacks", [sound], "Welds are good"))["changedPacks"] == 1
    assert (await town.analyst.ask(CONDITION, serial=sound))["condition"] == "FIT"


async def _is_scrapped(town: Town, driver: Person, pack: str) -> None:
    """A driver brings a pack to the depot, where it is retired."""
    await drive(town, driver, "yard")
    await driver.must("collectPacks", stationId=town.node("yard"), serialNumbers=[pack])
    await drive(town, driver, "market")
    await driver.must("handInPacks", depotId=node("Depot", town.depot.id), serialNumbers=[pack])
    await _order(town, "retirePacks", [pack], "Welds cannot be mended")
    seen = await town.analyst.ask(CONDITION, serial=pack)
    assert seen == {"condition": "RETIRED", "place": {"kind": "DEPOT"}}


async def _order(town: Town, mutation: str, packs: list[str], reason: str) -> dict[str, Any]:
    """Order twice with one key; the second answer is the first."""
    values = {"packs": {"serialNumbers": packs}, "reason": reason, "idempotencyKey": town.key()}
    answer = f"... on {mutation[0].upper()}{mutation[1:]}Payload {{ {ORDER} }}"
    first, second = [await town.admin.must(mutation, answer, **values) for _ in range(2)]
    assert first == second
    order: dict[str, Any] = first["order"]
    return order
