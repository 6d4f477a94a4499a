from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.stations.domain.stock import stock_by_model, total
from navswap.features.stations.domain.values import (
    Block,
    Information,
    ModelStock,
    SlotState,
    Station,
    Status,
    Stock,
)
from navswap.kit.geo import Point

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Count:
    charged: int = 0
    held: int = 0
    charging: int = 0
    faulty: int = 0
    blocked: int = 0
    shut_in: int = 0

    @property
    def total(self) -> int:
        return self.charged + self.charging + self.faulty + self.blocked


def a_station(slots: int = 12, models: tuple[str, ...] = (), closed: tuple[int, ...] = ()) -> Station:
    blocks = tuple(Block(f"fault-{slot}", SlotState.LOCKED, slot) for slot in closed)
    return Station("station", Information("Station", Point(121, 25), slots, models), Status(NOW), blocks)


@pytest.mark.parametrize(
    ("closed", "count", "stock"),
    [
        ((), Count(), Stock(empty_slots=12)),
        ((), Count(charged=3, held=1, charging=2, faulty=1), Stock(3, 1, 2, 1, 0, 6)),
        ((1, 2), Count(), Stock(empty_slots=10)),
        ((1, 2), Count(charged=3, blocked=1, shut_in=1), Stock(3, 0, 0, 0, 1, 7)),
        ((1, 2), Count(faulty=2, shut_in=2), Stock(faulty_packs=2, empty_slots=10)),
        ((), Count(charged=13), Stock(charged_packs=13, empty_slots=0)),
    ],
)
def test_empty_slots_are_those_that_are_open_and_hold_nothing(
    closed: tuple[int, ...], count: Count, stock: Stock
) -> None:
    parts = stock_by_model(a_station(closed=closed), {"NS-48": count})
    assert parts == (ModelStock("NS-48", stock),)
    assert total(parts) == stock


def test_each_model_has_the_slots_that_take_it() -> None:
    station = a_station(4, ("NS-48", "NS-48", "NS-60", "NS-60"), closed=(4,))
    parts = stock_by_model(station, {"NS-48": Count(charged=1), "NS-60": Count(charged=1)})
    assert parts == (
        ModelStock("NS-48", Stock(charged_packs=1, empty_slots=1)),
        ModelStock("NS-60", Stock(charged_packs=1, empty_slots=0)),
    )
    assert total(parts) == Stock(charged_packs=2, empty_slots=1)


def test_a_model_that_is_there_and_has_no_slots_is_counted_all_the_same() -> None:
    parts = stock_by_model(a_station(2), {"NS-60": Count(charged=1)})
    assert [part.model_id for part in parts] == ["NS-48", "NS-60"]
    assert parts[1].stock == Stock(charged_packs=1)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=20), st.data())
def test_the_parts_make_up_the_whole(models: list[str], data: st.DataObject) -> None:
    filled = {model: data.draw(st.integers(0, models.count(model))) for model in set(models)}
    station = a_station(len(models), tuple(models))
    whole = total(stock_by_model(station, {model: Count(charged=packs) for model, packs in filled.items()}))
    assert whole.charged_packs == sum(filled.values())
    assert whole.empty_slots == len(models) - sum(filled.values())


def test_free_packs_are_charged_and_not_held() -> None:
    assert Stock(charged_packs=3, held_packs=1).free_packs == 2
    assert Stock(charged_packs=1, held_packs=2).free_packs == 0


def test_slots_say_which_model_they_take() -> None:
    assert a_station(2, ("NS-48", "NS-60")).information.model_of_slot(2) == "NS-60"
    assert a_station(2).information.model_of_slot(2) == "NS-48"
    with pytest.raises(ValueError, match="3 slots need as many models, not 2"):
        a_station(3, ("NS-48", "NS-60"))


def test_a_station_has_no_stock_of_a_model_that_it_does_not_take() -> None:
    status = Status(NOW, stock_by_model=(ModelStock("NS-48", Stock(charged_packs=1)),))
    assert status.stock_of_model("NS-48").charged_packs == 1
    assert status.stock_of_model("NS-60") == Stock()
