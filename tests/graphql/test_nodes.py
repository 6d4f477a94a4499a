"""Ids in lists: good ones are read as one alone is, bad ones are named, however often they were asked for."""

import pytest
from strawberry import relay

from navswap.features.packs.graphql import Pack
from navswap.features.stations.graphql import Station
from navswap.graphql import nodes
from navswap.graphql.nodes import database_id, database_ids, long_ids, relay_id
from navswap.kit.errors import InvalidInputError


def test_a_list_of_ids_is_read_alike_each_time_and_each_id_once() -> None:
    given = [relay_id(Station, name) for name in ("a", "b", "a", "c/d")]
    for _ in range(2):
        assert database_ids(given, Station) == ["a", "b", "c/d"]
    parts = relay.GlobalID.from_id(given[0])
    assert database_ids([parts, given[1]], Station) == [database_id(parts, Station), "b"]


def test_an_id_of_another_kind_is_named_also_among_ids_that_are_known() -> None:
    station, pack = relay_id(Station, "same"), relay_id(Pack, "same")
    assert (database_ids([station], Station), database_ids([pack], Pack)) == (["same"], ["same"])
    for bad in (pack, "no id at all"):
        with pytest.raises(InvalidInputError) as refused:
            database_ids([station, bad], Station, "station_ids")
        assert refused.value.field == "stationIds[1]"


def test_no_more_ids_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "_PARSED_IDS", 10)
    monkeypatch.setattr(nodes, "_GOOD_IDS", {})
    for begin in range(0, 60, 4):
        names = [f"s{number}" for number in range(begin, begin + 4)]
        assert database_ids([relay_id(Station, name) for name in names], Station) == names
        assert len(nodes._GOOD_IDS["Station"]) <= 10
    many = [f"s{number}" for number in range(25)]
    assert database_ids([relay_id(Station, name) for name in many], Station) == many
    assert len(nodes._GOOD_IDS["Station"]) <= 10


def test_a_long_list_that_comes_again_is_the_same_object() -> None:
    given = [relay_id(Station, name) for name in ("long-a", "long-b", "long-a")]
    first = long_ids(given, Station)
    assert first == ("long-a", "long-b")
    assert long_ids(list(given), Station) is first
    assert long_ids(given[:2], Station) == first
    with pytest.raises(InvalidInputError) as refused:
        long_ids([*given, relay_id(Pack, "long-a")], Station, "station_ids")
    assert refused.value.field == "stationIds[3]"
    with pytest.raises(InvalidInputError):
        long_ids(given, Pack)
    given.clear()
    assert long_ids([relay_id(Station, "long-c")], Station) == ("long-c",)


def test_no_more_long_lists_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "_LONG_LISTS", {})
    lists = [[relay_id(Station, f"s{number}")] for number in range(3 * nodes._KEPT_LISTS)]
    for each in lists:
        long_ids(each, Station)
    assert len(nodes._LONG_LISTS["Station"]) == nodes._KEPT_LISTS
    assert long_ids(lists[0], Station) == ("s0",)
