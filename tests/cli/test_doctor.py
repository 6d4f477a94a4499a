import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from navswap.cli import all_commands, checks
from navswap.devstack import external
from navswap.devstack.ports import free_port
from navswap.features.stations.service import StationsServices
from navswap.runtime import Runtime
from tests.factories.network import a_station
from tests.support.services import Services


@pytest.fixture
def environment(services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The environment of a machine on which the servers are named and nothing serves yet; a busy one is waited for."""
    for part in (checks, external):
        monkeypatch.setattr(part, "TIMEOUT_SECONDS", 60.0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NAVSWAP_MONGO_URL", services.mongo_url)
    monkeypatch.setenv("NAVSWAP_REDIS_URL", services.redis_url)
    monkeypatch.setenv("NAVSWAP_KAFKA_BOOTSTRAP", services.kafka_bootstrap)
    monkeypatch.setenv("NAVSWAP_KAFKA_CREATE_TOPICS", str(services.kafka_creates_topics))
    monkeypatch.setenv("NAVSWAP_PORT", str(free_port()))
    return monkeypatch


def examine(*options: str) -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(all_commands(), ["doctor", "--json", *options])
    answer = json.loads(result.stdout)
    assert answer["good"] is (result.exit_code == 0)
    return result.exit_code, {finding["part"]: finding for finding in answer["findings"]}


@pytest.mark.streams
@pytest.mark.usefixtures("environment")
def test_a_healthy_machine_has_a_good_finding_for_every_part() -> None:
    code, findings = examine()
    assert code == 0, findings
    assert "transactions work" in findings["MongoDB"]["found"]
    assert findings["Kafka"]["found"] == "answers and takes messages"
    assert findings["Redis"]["found"] == "answers"
    assert not any(finding["advice"] for finding in findings.values())


def test_servers_that_are_not_named_are_tried_in_a_folder_of_their_own(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.delenv("NAVSWAP_REDIS_URL")
    code, findings = examine()
    assert code == 0, findings
    assert findings["redis-server"]["found"].endswith("redis-server")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "part", "advice"),
    [
        ("NAVSWAP_MONGO_URL", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1", "MongoDB", "replica set"),
        ("NAVSWAP_REDIS_URL", "redis://127.0.0.1:1/0", "Redis", "Start it"),
        ("NAVSWAP_KAFKA_BOOTSTRAP", "127.0.0.1:1", "Kafka", "Start it"),
        ("NAVSWAP_PORT", "none", "Settings", "environment or the file .env"),
        ("NAVSWAP_ENVIRONMENT", "production", "Settings", "environment or the file .env"),
        ("PATH", "/nowhere", "", ""),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(
    variable: str, value: str, part: str, advice: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(variable, value)
    code, findings = examine()
    bad = [finding for finding in findings.values() if not finding["good"]]
    assert [finding["part"] for finding in bad] == ([part] if part else [])
    assert code == (1 if part else 0)
    assert all(advice in finding["advice"] for finding in bad)


@pytest.mark.usefixtures("environment")
def test_nothing_needs_to_be_written_where_every_server_is_named() -> None:
    Path("data").touch()
    code, findings = examine("--data-dir", "data")
    assert code == 0, findings
    assert findings["Data directory"]["found"] == "not needed, every server is named"


def test_a_port_of_another_program_is_told(environment: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.listen()
        environment.setenv("NAVSWAP_PORT", str(other.getsockname()[1]))
        code, findings = examine()
    assert code == 1
    assert findings["Port"]["advice"].startswith("End that program, or choose another port")


def test_a_data_directory_that_cannot_be_written_is_told(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("NAVSWAP_REDIS_URL")
    (tmp_path / "file").touch()
    code, findings = examine("--data-dir", "file/data")
    assert code == 1
    assert "--data-dir" in findings["Data directory"]["advice"]


async def test_a_network_by_whose_clocks_no_model_would_know_the_hour_is_told(
    environment: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    environment.setenv("NAVSWAP_MONGO_DATABASE", runtime.settings.mongo_database)
    stations = StationsServices.of(runtime).stations

    def told() -> dict[str, Any]:
        return examine()[1]["Time zone"]

    assert (await asyncio.to_thread(told))["found"] == "UTC; there are no stations yet"
    built = [await a_station(runtime) for _ in range(3)]
    zones = ("Asia/Calcutta", "Asia/Calcutta", "Europe/Berlin")
    await stations.save_information(
        [
            replace(station, information=replace(station.information, time_zone=zone))
            for station, zone in zip(built, zones, strict=True)
        ]
    )
    finding = await asyncio.to_thread(told)
    assert not finding["good"]
    assert finding["found"] == "UTC, where 2 of 3 stations are in Asia/Calcutta"
    assert finding["advice"].startswith("Set NAVSWAP_TIME_ZONE=Asia/Calcutta")

    environment.setenv("NAVSWAP_TIME_ZONE", "Asia/Kolkata")  # the same clocks by another name
    assert (await asyncio.to_thread(told))["good"]


def test_a_person_gets_a_line_for_each_part(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NAVSWAP_REDIS_URL", "redis://127.0.0.1:1/0")
    lines = CliRunner().invoke(all_commands(), ["doctor"]).stdout.splitlines()
    assert sum(line.startswith("✓ ") for line in lines) == 11
    bad, advice = (line for line in lines if not line.startswith("✓ "))
    assert bad.startswith("✗ Redis          NAVSWAP_REDIS_URL names a Redis that does not answer: ")
    assert advice == "  → Start it, or unset NAVSWAP_REDIS_URL"
