from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.packs.domain.counting import PackCount, at_station, best_free, count_packs
from navswap.features.packs.domain.custody import hand_out, may_be_handed_out
from navswap.features.packs.domain.values import Condition, Pack, Place, PlaceKind

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROMISED = 80.0
MODELS = ("NS-48", "NS-60")


def a_pack(evse_id: int, soc_percent: float = 95.0, **values: Any) -> Pack:
    place = Place(PlaceKind.SLOT, "station", evse_id)
    pack = Pack(f"P-{evse_id:03}", soc_percent, 97.0, 120, place, NOW)
    return replace(pack, **values)


@st.composite
def stocked(draw: st.DrawFn) -> list[Pack]:
    return [
        a_pack(
            evse_id,
            draw(st.sampled_from([20.0, 79.9, 80.0, 100.0])),
            condition=draw(st.sampled_from(Condition)),
            held_by=draw(st.sampled_from([None, "entry"])),
            shut_in=draw(st.booleans()),
            model_id=draw(st.sampled_from(MODELS)),
        )
        for evse_id in range(1, draw(st.integers(0, 12)) + 1)
    ]


@pytest.mark.parametrize(
    ("pack", "count"),
    [
        (a_pack(1), PackCount(charged=1)),
        (a_pack(1, 80.0), PackCount(charged=1)),
        (a_pack(1, held_by="entry"), PackCount(charged=1, held=1)),
        (a_pack(1, 79.9), PackCount(charging=1)),
        (a_pack(1, 79.9, held_by="entry"), PackCount(charging=1)),
        (a_pack(1, condition=Condition.FAULTY), PackCount(faulty=1)),
        (a_pack(1, condition=Condition.RECALLED), PackCount(faulty=1)),
        (a_pack(1, condition=Condition.RETIRED, shut_in=True), PackCount(faulty=1, shut_in=1)),
        (a_pack(1, shut_in=True), PackCount(blocked=1, shut_in=1)),
    ],
)
def test_a_pack_counts_as_what_can_be_done_with_it(pack: Pack, count: PackCount) -> None:
    assert count_packs([pack], PROMISED) == {"NS-48": count}


@given(stocked())
def test_each_pack_counts_once_and_for_its_model(packs: list[Pack]) -> None:
    counts = count_packs(packs, PROMISED)
    assert sum(count.total for count in counts.values()) == len(packs)
    for model_id in MODELS:
        of_model = [pack for pack in packs if pack.model_id == model_id]
        assert (model_id in counts) == bool(of_model)
        assert count_packs(of_model, PROMISED) == {k: v for k, v in counts.items() if k == model_id}


@given(stocked(), st.sampled_from(MODELS), st.integers(1, 4))
def test_the_fullest_free_packs_of_a_model_are_chosen(packs: list[Pack], model_id: str, count: int) -> None:
    chosen = best_free(packs, model_id=model_id, count=count, promised_soc_percent=PROMISED)
    free = [
        pack
        for pack in packs
        if pack.model_id == model_id and pack.held_by is None and may_be_handed_out(pack, PROMISED)
    ]
    assert len(chosen) == min(count, len(free))
    assert set(chosen) <= set(free)
    assert all(one.soc_percent >= other.soc_percent for one in chosen for other in set(free) - set(chosen))
    assert list(chosen) == sorted(chosen, key=lambda pack: (-pack.soc_percent, pack.id))


def test_what_is_at_a_station_follows_the_packs_that_changed_left_and_came() -> None:
    packs = [a_pack(1), a_pack(2), a_pack(4)]
    left = hand_out(packs[0], "rider", NOW).after
    charged = replace(packs[1], soc_percent=99.0)
    came = a_pack(3)
    assert at_station("station", packs, [left, charged, came]) == (charged, came, packs[2])
    assert at_station("station", packs, []) == tuple(packs)
