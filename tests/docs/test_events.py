import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from inspect import getdoc
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

import orjson
import pytest
from pydantic import BaseModel

from navswap import features
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.swapping.domain.values import SwappedPack
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.telemetry import correlated
from navswap.kit.facts import Fact
from navswap.runtime import Runtime
from navswap.slice import all_topics
from navswap.slices import SLICES
from tests.docs.event_examples import MARK, with_examples
from tests.factories.swapping import a_swap

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()


def published() -> list[type[Fact]]:
    """Return every event that a slice publishes; the bases that several share have no type."""
    for slice_ in iter_modules(features.__path__, f"{features.__name__}."):
        if find_spec(f"{slice_.name}.events"):
            import_module(f"{slice_.name}.events")
    ours = (
        event
        for event in _below(Fact)
        # a dataclass with slots takes the place of the class that it was made of, which lives on for a while
        if event.__module__.startswith(features.__name__)
        and getattr(sys.modules[event.__module__], event.__name__) is event
    )
    return sorted((event for event in ours if hasattr(event, "type")), key=lambda event: event.type)


def _below(event: type[Any]) -> Iterator[type[Fact]]:
    for below in event.__subclasses__():
        yield below
        yield from _below(below)


def payload_types(fact: type[Fact]) -> list[Any]:
    """Return the types of the fields of a fact."""
    hints = get_type_hints(fact)
    return [hints[field.name] for field in fields(fact)]  # type: ignore[arg-type]  # facts are dataclasses


def values_in(kind: Any) -> Iterator[type[Any]]:
    """Yield the dataclasses that a type is, or is made of, with those of their fields."""
    for part in get_args(kind):
        yield from values_in(part)
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        for hint in get_type_hints(kind).values():
            yield from values_in(hint)


EVENTS = published()
every_event = pytest.mark.parametrize("event", EVENTS, ids=[event.type for event in EVENTS])


def sections(level: str) -> dict[str, str]:
    """Return the text below each heading of a level."""
    parts = re.split(rf"^{level} (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {
        heading: re.split(r"^##? ", text, flags=re.MULTILINE)[0]
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


DESCRIBED = {
    name: text for heading, text in sections("###").items() for name in re.findall(r"`([^`]+)`", heading)
}


def fields_in(text: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)


def test_the_page_describes_every_event_and_no_other() -> None:
    assert {event.type for event in EVENTS} == DESCRIBED.keys()


@every_event
def test_an_event_is_described_with_all_its_fields(event: type[Fact]) -> None:
    described = DESCRIBED[event.type]
    assert fields_in(described) == [field.name for field in fields(event)]  # type: ignore[arg-type]  # facts are dataclasses
    named = set(re.findall(r"`(\w+)`", described))
    inner = {
        field.name for hint in payload_types(event) for kind in values_in(hint) for field in fields(kind)
    }
    assert inner - named == set()


@every_event
def test_an_event_stands_under_its_topic(event: type[Fact]) -> None:
    assert f"`{event.type}`" in sections("##")[event.topic()]


@every_event
def test_the_streams_of_an_event_are_described_where_it_has_some(event: type[Fact]) -> None:
    (streams,) = re.findall(r"Streams: ([^.]+)\.", DESCRIBED[event.type])
    feeds_none = event.streams is Fact.streams and event.feeds is Fact.feeds
    assert feeds_none == streams.startswith("none")


def who_reacts(runtime: Runtime) -> str:
    """Return the table of what slices do when others publish, in the words of their reactions."""
    rows = [
        f"| `{type_}` | `{part.name}` | {(getdoc(reaction) or '').splitlines()[0]} |"
        for part in runtime.slices
        if part.reactions is not None
        for type_, reactions in part.reactions(part.services.of(runtime)).items()
        for reaction in reactions
    ]
    return "\n".join(["| event | slice | what it does |", "|---|---|---|", *sorted(rows)])


async def test_the_page_says_who_reacts_to_what(runtime: Runtime) -> None:
    table = who_reacts(runtime)
    assert table in PAGE, f"write this below `## Who reacts`:\n{table}"


@pytest.mark.parametrize(("heading", "model"), [("Envelope", Envelope), ("positions", PositionBatch)])
def test_what_else_travels_is_described_with_all_its_fields(heading: str, model: type[BaseModel]) -> None:
    assert fields_in(sections("##")[heading]) == list(model.model_fields)


def example() -> Envelope:
    """Return the event that the page shows whole."""
    completed_at = datetime(2026, 3, 2, 8, 14, 30, tzinfo=UTC)
    swap = replace(
        a_swap(
            "MRG-002",
            completed_at,
            minutes=12.5,
            packs_in=(SwappedPack("MRG-P0457", 3, 11.0),),
            packs_out=(SwappedPack("MRG-P0021", 7, 96.0),),
        ),
        id="019caf7a-3c11-7d58-9f04-6c9b1f1d2a01",
        entry_id="019caf6f-9a40-7c3e-8b17-51f2f7c7be02",
        rider_id="019c8a02-77d3-7f61-a0c4-2d3e4f5a6b03",
        completed_by="019c8a02-77d3-7f61-a0c4-2d3e4f5a6b04",
    )
    with correlated("019caf7a-3bf0-7a12-b6de-0a1b2c3d4e05"):
        return Envelope.around(SwapCompleted(swap), completed_at, "019caf7a-3c12-7b6a-8d21-7e8f9a0b1c06")


def test_the_event_that_is_shown_is_what_kafka_carries() -> None:
    (shown,) = re.findall(r"^```json\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    carried = orjson.dumps(orjson.loads(example().to_bytes()), option=orjson.OPT_INDENT_2).decode()
    assert shown == f"{carried}\n", f"write this below `## Envelope`:\n{carried}"
    read = Envelope.from_bytes(shown.encode())
    assert read_fact(SwapCompleted, read.payload).swap.packs_out[0].evse_id == 7


def test_the_page_has_the_examples_of_the_code() -> None:
    written = with_examples(PAGE, {event.type: event for event in EVENTS})
    assert written == PAGE, "run: uv run python -m tests.docs.event_examples"
    assert PAGE.count(f"\n{MARK}`") == len(sections("###"))


def test_every_topic_is_described() -> None:
    assert fields_in(sections("##")["Topics"]) == list(all_topics(SLICES))
