import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from navswap.kit.geo import distance_metres
from navswap.seeding.city import DemoCity, SeedsUnreadableError, load_demo_city
from navswap.seeding.records import AccountRole, InSlot, PackCondition, WithRider

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return load_demo_city(SEEDS)


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str, Callable[[Any], None]], Path]:
    """Copy the seeds and edit one file of the copy."""

    def edit(name: str, how: Callable[[Any], None]) -> Path:
        folder = tmp_path / "seeds"
        shutil.copytree(SEEDS, folder)
        path = folder / name
        content = json.loads(path.read_text(encoding="utf-8"))
        how(content)
        path.write_text(json.dumps(content), encoding="utf-8")
        return folder

    return edit


def test_the_demonstration_city_has_the_size_that_is_promised(city: DemoCity) -> None:
    assert len(city.stations) == 60
    assert len(city.packs) == 924
    assert len(city.partner_shops) == 20
    assert len(city.staff) == 25
    assert len(city.transporters) == 12
    assert len(city.riders) == 400
    assert {account.role for account in city.accounts.accounts} == set(AccountRole)
    assert sum(path.stat().st_size for path in SEEDS.iterdir()) < 400_000


def test_stations_stand_as_far_apart_as_in_a_city(city: DemoCity) -> None:
    nearest = [
        min(distance_metres(station.point, other.point) for other in city.stations if other is not station)
        for station in city.stations
    ]
    assert min(nearest) > 300
    assert max(nearest) < 1500


def test_slots_have_room_for_packs_that_come_back(city: DemoCity) -> None:
    slots = sum(station.slots for station in city.stations)
    stocked = [pack.place for pack in city.packs if isinstance(pack.place, InSlot)]
    assert len(stocked) <= 0.85 * slots
    assert len({(place.station, place.slot) for place in stocked}) == len(stocked)


def test_each_rider_has_the_packs_of_its_vehicle(city: DemoCity) -> None:
    carried = Counter(pack.place.rider for pack in city.packs if isinstance(pack.place, WithRider))
    riding = {rider.id: 1 if rider.vehicle is None else rider.vehicle.packs for rider in city.riders}
    assert carried == riding
    assert Counter(riding.values()) == {1: 382, 2: 12, 3: 6}


def test_riders_with_several_packs_find_as_many_charged_at_several_stations(city: DemoCity) -> None:
    ready = Counter(
        pack.place.station
        for pack in city.packs
        if isinstance(pack.place, InSlot) and pack.model == "NS-60" and pack.soc_percent >= 80
    )
    assert sum(packs >= 3 for packs in ready.values()) >= 5


def test_most_stations_can_hand_out_a_charged_pack(city: DemoCity) -> None:
    charged = {
        pack.place.station
        for pack in city.packs
        if isinstance(pack.place, InSlot) and pack.soc_percent >= 80 and pack.condition is PackCondition.FIT
    }
    assert len(charged) >= 55


@pytest.mark.parametrize(
    ("file", "how", "message"),
    [
        ("stations.json", lambda rows: rows[0].update(color="red"), "0.color: Extra inputs"),
        ("stations.json", lambda rows: rows[0].update(slots="12"), "0.slots: Input should be a valid int"),
        ("stations.json", lambda rows: rows[0].pop("name"), "0.name: Field required"),
        ("stations.json", lambda rows: rows.append(rows[0]), "station MRG-001 stands twice"),
        ("stations.json", lambda rows: rows[0].update(tariff="FREE"), "MRG-001: no tariff FREE"),
        ("stations.json", lambda rows: rows[0].update(latitude=0.0), "does not lie in zone CIVIL-LINES"),
        ("stations.json", lambda rows: rows[0].update(zone="NOWHERE"), "does not lie in zone NOWHERE"),
        ("staff.json", lambda rows: rows[0].update(home_station="MRG-999"), "S01: no station MRG-999"),
        ("transporters.json", lambda rows: rows[0].update(home_zone="NOWHERE"), "T01: no zone NOWHERE"),
        ("tariffs.json", lambda rows: rows[0]["periods"].pop(), "does not cover each hour of a WEEKEND once"),
        ("riders.json", lambda rows: rows[1].update(email="rider@demo.navswap"), "stands twice"),
        ("riders.json", lambda rows: rows.append({**rows[1], "id": "R999", "email": "a@b"}), "has no pack"),
        (
            "packs.json",
            lambda rows: rows[1].update(place=rows[0]["place"]),
            "2 packs are in slot 1 of MRG-001, which has room for 1",
        ),
        ("packs.json", lambda rows: rows[0]["place"].update(slot=99), "there is no slot 99 of MRG-001"),
        ("packs.json", lambda rows: rows[0]["place"].update(rider="R001"), "0.place.SLOT.rider: Extra"),
        ("packs.json", lambda rows: rows[0].update(condition="RETIRED"), "is not at the depot"),
        ("packs.json", lambda rows: rows[0].update(model="NS-60"), "is a NS-60 where a NS-48 belongs"),
        ("packs.json", lambda rows: rows[0].update(model="NS-99"), "no pack model NS-99"),
        ("riders.json", lambda rows: rows[16]["vehicle"].update(packs=3), "has 2 pack, and rides with 3"),
        ("stations.json", lambda rows: rows[0].update(slot_models={"NS-60": [99]}), "does not exist"),
        ("accounts.json", lambda file: file["accounts"].pop(), "role ANALYST has no account"),
        ("accounts.json", lambda file: file["accounts"][0].update(email="x@y"), "belongs to no one"),
    ],
)
def test_seeds_that_do_not_fit_together_are_refused(
    change: Callable[..., Path], file: str, how: Callable[[Any], None], message: str
) -> None:
    folder = change(file, how)
    with pytest.raises(SeedsUnreadableError, match=re.escape(message)):
        load_demo_city(folder)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b"[" * 10_000])
def test_a_seed_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS, folder)
    (folder / "zones.json").unlink()
    if content is not None:
        (folder / "zones.json").write_bytes(content)
    with pytest.raises(SeedsUnreadableError, match=r"zones\.json: "):
        load_demo_city(folder)
