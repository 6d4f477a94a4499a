import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.network.domain.balances import Balance, sum_up
from navswap.kit.forecasts import Source


def a_balance(station_id: str, forecast_packs: float, model_id: str = "NS-48") -> Balance:
    return Balance(station_id, model_id, forecast_packs, Source.BASELINE, 0, 3, 1)


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.text("abcdef", min_size=1, max_size=3)), max_size=20),
    st.integers(1, 20),
)
def test_the_worst_are_those_that_will_miss_the_most(packs: list[tuple[float, str]], most: int) -> None:
    found = sum_up([a_balance(station_id, value) for value, station_id in packs], most)
    assert [balance.forecast_packs for balance in found.worst] == sorted(value for value, _ in packs)[:most]
    assert found.surplus_packs - found.missing_packs == pytest.approx(sum(value for value, _ in packs))


def test_a_station_counts_once_however_many_models_it_misses() -> None:
    found = sum_up([a_balance("A", -1.0), a_balance("A", -2.0, "NS-72"), a_balance("B", 3.0)], 10)
    assert (found.short_stations, found.missing_packs) == (1, 3.0)
    assert (found.surplus_stations, found.surplus_packs) == (1, 3.0)


def test_jobs_under_way_count_to_the_forecast() -> None:
    assert a_balance("A", -1.5).after_jobs_packs == 0.5
