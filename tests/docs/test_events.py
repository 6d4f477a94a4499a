import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from pydantic import BaseModel

from navswap import features
from navswap.events.envelope import DomainEvent, Envelope
from navswap.features.positions.events import PositionBatch
from navswap.slice import all_topics
from navswap.slices import SLICES

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()


def published() -> list[type[DomainEvent]]:
    """Return every event that a slice publishes; the bases that several share have no type."""
    for slice_ in iter_modules(features.__path__, f"{features.__name__}."):
        if find_spec(f"{slice_.name}.events"):
            import_module(f"{slice_.name}.events")
    ours = (event for event in _below(DomainEvent) if event.__module__.startswith(features.__name__))
    return sorted((event for event in ours if hasattr(event, "type")), key=lambda event: event.type)


def _below(event: type[Any]) -> Iterator[type[DomainEvent]]:
    for below in event.__subclasses__():
        yield below
        yield from _below(below)


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
def test_an_event_is_described_with_all_its_fields(event: type[DomainEvent]) -> None:
    assert fields_in(DESCRIBED[event.type]) == list(event.model_fields)


@every_event
def test_an_event_stands_under_its_topic(event: type[DomainEvent]) -> None:
    assert f"`{event.type}`" in sections("##")[event.topic()]


@every_event
def test_the_streams_of_an_event_are_told_where_it_has_some(event: type[DomainEvent]) -> None:
    (streams,) = re.findall(r"Streams: ([^.]+)\.", DESCRIBED[event.type])
    assert (event.streams is DomainEvent.streams) == streams.startswith("none")


@pytest.mark.parametrize(("heading", "model"), [("Envelope", Envelope), ("positions", PositionBatch)])
def test_what_else_travels_is_described_with_all_its_fields(heading: str, model: type[BaseModel]) -> None:
    assert fields_in(sections("##")[heading]) == list(model.model_fields)


def test_every_topic_is_described() -> None:
    assert fields_in(sections("##")["Topics"]) == list(all_topics(SLICES))
