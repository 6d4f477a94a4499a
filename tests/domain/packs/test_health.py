"""How packs fare: what readings add up to, and what is published of them once a day."""

from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.packs.domain import fitness, health
from navswap.features.packs.domain.custody import commission
from navswap.features.packs.domain.values import Pack, PackReading, Place, PlaceKind
from navswap.features.packs.events import HealthMeasured
from navswap.kit.values import replace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SLOT = Place(PlaceKind.SLOT, "station", 3)


def a_pack(soc_percent: float = 20.0, cycles: int = 0) -> Pack:
    new = commission("P-1", "NS-48", "depot", NOON - 100 * DAY).after
    return replace(new, soc_percent=soc_percent, cycles=cycles, place=SLOT)


def measured(
    pack: Pack, soc: float, *, now: datetime = NOON, celsius: float | None = None
) -> tuple[Pack, list[HealthMeasured]]:
    reading = PackReading(pack.id, soc, soh_percent=91.5, temperature_celsius=celsius)
    step = health.record(fitness.report(pack, reading, now), reading, 1.7, now)
    return step.after, [fact for fact in step.facts if isinstance(fact, HealthMeasured)]


def test_charge_adds_up_to_cycles_and_what_is_drawn_on_the_road_does_not_count() -> None:
    pack = a_pack(20.0, cycles=700)
    for soc in (60.0, 100.0, 30.0, 90.0):
        pack, _ = measured(pack, soc)
    assert pack.usage.charged_percent == pytest.approx(140.0)
    _, [fact] = measured(pack, 90.0, now=NOON + DAY)
    assert fact.equivalent_cycles == pytest.approx(701.4)
    assert fact.throughput_kwh == pytest.approx(701.4 * 1.7)


def test_the_health_of_a_pack_is_published_once_a_day() -> None:
    pack, [first] = measured(a_pack(), 30.0, celsius=31.0)
    assert (first.serial_number, first.place, first.soh_percent) == ("P-1", SLOT, 91.5)
    assert (first.temperature_celsius, first.age_days) == (31.0, 100.0)
    pack, again = measured(pack, 40.0, now=NOON + timedelta(hours=11))
    assert again == []
    _, [next_day] = measured(pack, 40.0, now=NOON + timedelta(hours=12))
    assert (next_day.age_days, next_day.temperature_celsius) == (100.5, 31.0)


def test_what_is_unknown_of_a_pack_is_left_open() -> None:
    pack = Pack("P-2", 50.0, 90.0, 10, SLOT, NOON)
    fact = HealthMeasured.of(pack, None, NOON)
    assert (fact.age_days, fact.throughput_kwh, fact.temperature_celsius) == (None, None, None)
    assert fact.equivalent_cycles == 10.0
