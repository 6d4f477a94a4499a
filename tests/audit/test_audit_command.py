import json
import os
import subprocess
import sys
from subprocess import CompletedProcess

from navswap.audit.catalog import INVARIANTS
from navswap.features.stations.documents import Station
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.factories.network import a_station


def navswap_audit(settings: Settings, *arguments: str) -> CompletedProcess[str]:
    """Run `navswap audit` as an operator does, on the stores of these settings."""
    names = ("mongo_url", "mongo_database", "redis_url", "kafka_bootstrap", "kafka_topic_prefix")
    chosen = {f"NAVSWAP_{name.upper()}": str(getattr(settings, name)) for name in names}
    return subprocess.run(
        [sys.executable, "-m", "navswap", "audit", *arguments],
        env={**os.environ, **chosen, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_a_clean_network_is_told_as_json_with_exit_code_0(runtime: Runtime) -> None:
    await a_station(runtime)
    done = navswap_audit(runtime.settings, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["clean"]
    assert [one["name"] for one in report["findings"]] == [one.name() for one in INVARIANTS]


async def test_offenders_are_named_with_exit_code_1(runtime: Runtime) -> None:
    station = await a_station(runtime)
    await Station.collection().update_one({"_id": station.id}, {"$set": {"status.queue_length": 7}})
    done = navswap_audit(runtime.settings, "queue-lengths-are-counted", "stock-is-counted")
    assert done.returncode == 1
    broken, offender, held = done.stdout.splitlines()
    assert broken.startswith("✗ queue-lengths-are-counted  1 examined")
    assert offender.strip() == f"station {station.id} says 7 in its queue, 0 entries are active"
    assert held.startswith("✓ stock-is-counted  1 examined")


def test_an_invariant_that_does_not_exist_is_refused_in_one_line(database: Settings) -> None:
    done = navswap_audit(database, "all-is-well")
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "no invariant 'all-is-well'" in line


def test_a_mongodb_that_is_away_gets_one_line(database: Settings) -> None:
    away = database.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"})
    done = navswap_audit(away)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "navswap up" in line
