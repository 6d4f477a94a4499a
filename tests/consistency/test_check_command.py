import json

from navswap.consistency.catalog import INVARIANTS
from navswap.events.outbox import OutboxEvent
from navswap.features.stations.storage import Stations
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.factories.network import a_station
from tests.support.command import navswap


async def test_a_clean_network_is_reported_as_json_with_exit_code_0(runtime: Runtime) -> None:
    await a_station(runtime)
    await (
        OutboxEvent.find_all().delete()
    )  # this clock stands still: to the command they have waited for months
    done = navswap(runtime.settings, "check", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["clean"]
    assert [one["name"] for one in report["findings"]] == [one.name() for one in INVARIANTS]


async def test_offenders_are_named_with_exit_code_1(runtime: Runtime) -> None:
    station = await a_station(runtime)
    await Stations.collection().update_one({"_id": station.id}, {"$set": {"status.queue_length": 7}})
    done = navswap(runtime.settings, "check", "queue-lengths-are-counted", "stock-is-counted")
    assert done.returncode == 1
    broken, offender, held = done.stdout.splitlines()
    assert broken.startswith("✗ queue-lengths-are-counted  1 examined")
    assert offender.strip() == f"station {station.id} says 7 in its queue, 0 entries are active"
    assert held.startswith("✓ stock-is-counted  1 examined")


async def test_a_document_that_cannot_be_read_is_named_and_the_rest_examined_with_exit_code_3(
    runtime: Runtime,
) -> None:
    unreadable, broken = await a_station(runtime), await a_station(runtime)
    await Stations.collection().update_one({"_id": unreadable.id}, {"$unset": {"information.location": ""}})
    await Stations.collection().update_one({"_id": broken.id}, {"$set": {"status.queue_length": 7}})
    done = navswap(runtime.settings, "check", "queue-lengths-are-counted")
    assert done.returncode == 3
    documents, named, lengths, offender = done.stdout.splitlines()
    assert documents.startswith("✗ documents-can-be-read")
    assert named.strip() == f"stations {unreadable.id} cannot be read: it lacks 'location'"
    assert lengths.startswith("✗ queue-lengths-are-counted  1 examined")
    assert offender.strip().startswith(f"station {broken.id} says 7")


def test_an_invariant_that_does_not_exist_is_refused_in_one_line(database: Settings) -> None:
    done = navswap(database, "check", "all-is-well")
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "no invariant 'all-is-well'" in line


def test_servers_that_are_away_get_one_line(database: Settings) -> None:
    nowhere = {
        "mongo_url": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200",
        "kafka_bootstrap": "127.0.0.1:9",
    }
    away = database.model_copy(update=nowhere)
    done = navswap(away, "check")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "navswap up" in line
