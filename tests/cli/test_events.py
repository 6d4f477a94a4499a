import json

import pytest

from navswap.events.dead_letters import RELAY_GROUP, DeadEvent, dead_letter, dead_letter_envelope
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent
from navswap.features.positions.service.consumer import GROUP as POSITIONS
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.realtime.streams import Counted
from tests.support.command import navswap


async def two_dead(runtime: Runtime) -> tuple[str, str]:
    """Keep an unreadable message of positions, then an event that swapping has no reaction to."""
    now = runtime.clock.now()
    await dead_letter(POSITIONS, b"not a batch", "no JSON", now)
    await dead_letter_envelope(
        "swapping", Envelope.around(Counted(counter="c", value=1), now, new_id()), "a bug", now
    )
    first, second = await DeadEvent.find_all().sort("+group").to_list()
    return first.id, second.id


def test_where_nothing_is_dead_the_list_says_so(runtime: Runtime) -> None:
    done = navswap(runtime.settings, "events", "list")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "No dead letters.", "")
    done = navswap(runtime.settings, "events", "list", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"events": []})
    done = navswap(runtime.settings, "events", "replay", "--all")
    assert (done.returncode, done.stdout.strip()) == (0, "No dead letters.")


async def test_dead_letters_are_listed_with_their_reason_and_can_be_filtered(runtime: Runtime) -> None:
    unreadable, unknown = await two_dead(runtime)
    shown = navswap(runtime.settings, "events", "list").stdout
    assert f"{unknown}  2026-03-02 08:00:00Z  swapping  {Counted.type}" in shown
    assert "no JSON" in shown
    assert "(no event)" in shown
    for options, expected in (
        ((), {unreadable, unknown}),
        (("--group", "swapping"), {unknown}),
        (("--type", Counted.type), {unknown}),
        ((unreadable,), {unreadable}),
        (("--group", "credits"), set()),
    ):
        done = navswap(runtime.settings, "events", "list", "--json", *options)
        assert {event["id"] for event in json.loads(done.stdout)["events"]} == expected
    [only] = json.loads(navswap(runtime.settings, "events", "list", "--json", "--limit", 1).stdout)["events"]
    assert set(only) == {"id", "group", "type", "event_id", "dead_lettered_at", "reason", "content"}


async def test_a_replay_that_fails_again_says_why_and_ends_with_1(runtime: Runtime) -> None:
    unreadable, unknown = await two_dead(runtime)
    done = navswap(runtime.settings, "events", "replay", "--all", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["done"] == []
    assert set(report["failed"]) == {unreadable, unknown}
    assert f"reacts to {Counted.type} no more" in report["failed"][unknown]
    assert await DeadEvent.find_all().count() == 2


async def test_a_replayed_event_of_the_relay_is_pending_again(runtime: Runtime) -> None:
    envelope = Envelope.around(Counted(counter="c", value=1), runtime.clock.now(), new_id())
    await OutboxEvent.collection().insert_one({"_id": envelope.id})
    await dead_letter_envelope(RELAY_GROUP, envelope, "too large", runtime.clock.now())
    done = navswap(runtime.settings, "events", "replay", f"{RELAY_GROUP}:{envelope.id}")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "Replayed 1.", "")
    assert await DeadEvent.find_all().count() == 0
    assert await OutboxEvent.collection().count_documents({"pending": True}) == 1


async def test_dropped_events_are_gone_and_the_others_stay(runtime: Runtime) -> None:
    _, unknown = await two_dead(runtime)
    done = navswap(runtime.settings, "events", "drop", "--group", POSITIONS)
    assert (done.returncode, done.stdout.strip()) == (0, "Dropped 1.")
    assert [dead.id for dead in await DeadEvent.find_all().to_list()] == [unknown]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("replay",), "Say which: ids"),
        (("drop",), "Say which: ids"),
        (("replay", "no-such-event"), "no dead letter no-such-event"),
        (("drop", "no-such-event"), "no dead letter no-such-event"),
    ],
)
def test_a_command_that_names_no_dead_letter_is_refused_in_one_line(
    runtime: Runtime, words: tuple[str, ...], complaint: str
) -> None:
    done = navswap(runtime.settings, "events", *words)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert complaint in line


def test_a_mongodb_that_is_away_gets_one_line(database: Settings) -> None:
    away = database.model_copy(update={"mongo_url": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"})
    done = navswap(away, "events", "list")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "navswap up" in line
