from datetime import UTC, datetime
from typing import Any

import pytest

from navswap.features.network.domain.fleet import (
    FleetAction,
    FleetOrder,
    FleetRequest,
    PackSelection,
    record_changes,
)
from navswap.kit.errors import InvalidInputError

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, ""),
        ({"condition": "FIT"}, ""),
        ({"soh_below_percent": 0}, "sohBelowPercent"),
        ({"soh_below_percent": 101}, "sohBelowPercent"),
        ({"cycles_above": -1}, "cyclesAbove"),
        ({"serial_numbers": tuple(f"P{number}" for number in range(501))}, "serialNumbers"),
    ],
)
def test_a_selection_of_everything_or_of_nothing_possible_is_refused(
    wanted: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        PackSelection(**wanted)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "wanted",
    [
        {"condition": "FAULTY"},
        {"condition": "FIT", "station_id": "S"},
        {"cycles_above": 0},
        {"soh_below_percent": 100},
        {"serial_numbers": ("P",)},
    ],
)
def test_a_selection_that_is_narrower_than_the_fleet_is_taken(wanted: dict[str, Any]) -> None:
    assert PackSelection(**wanted).condition == wanted.get("condition")


@pytest.mark.parametrize("limit", [0, 501])
def test_an_order_changes_1_to_500_packs(limit: int) -> None:
    with pytest.raises(InvalidInputError) as refused:
        FleetRequest(FleetAction.RETIRE, PackSelection(cycles_above=9), "worn", limit)
    assert refused.value.field == "limit"


def test_an_order_goes_on_with_the_packs_that_remain() -> None:
    order = FleetOrder("O", FleetAction.RECALL, "swollen", "boss", START, 4, ("A", "B", "C"))
    step = record_changes(order, ["B"], ["B"])
    assert (step.after.changed, step.after.held, step.after.remaining) == (("B",), ("B",), ["A", "C"])
    last = record_changes(step.after, ["A", "C"], [])
    assert (last.after.changed, last.after.held, last.after.remaining) == (("B", "A", "C"), ("B",), [])
    assert last.after.revision == 3


def test_a_step_that_changes_no_pack_changes_no_order() -> None:
    order = FleetOrder("O", FleetAction.RECALL, "swollen", "boss", START, 1, ("A",))
    assert not record_changes(order, [], []).is_change
