"""A small city that was recorded, and what was known of it at any moment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson

from navswap.events.archive.reader import read_events
from navswap.ml.history import History
from navswap.ml.history.reading import Known
from navswap.ml.tables import new_history
from navswap.simulation.offline import OfflineOptions, run_offline

SEEDS = Path(__file__).parents[2] / "seeds"
DAYS = 9
LATE_SHARE, LATEST_MS = 0.1, 6 * 3_600_000
"""So many facts become known late, by up to so much: after moments at which they had happened already."""

Fact = tuple[Known, dict[str, object]]


@dataclass(frozen=True)
class City:
    """A recorded run: its facts in the order in which they became known, and the history that they make."""

    facts: list[Fact]
    whole: History


def record_city(folder: Path) -> City:
    """Live through some days of a few stations, and let some facts become known late."""
    run_offline(OfflineOptions(SEEDS, "rules", days=DAYS, stations=6, record=str(folder)))
    drawn = np.random.default_rng(1)
    facts = sorted((_late(fact, drawn) for fact in _facts(folder)), key=lambda each: each[0].known_ms)
    whole = new_history("Asia/Kolkata")
    for fact, payload in facts:
        whole.take(fact, payload)
    return City(facts, whole)


def known_at(city: City, moments: list[int]) -> Iterator[tuple[int, History]]:
    """Yield the history as it was known at each of some moments, which are in order of time; it goes on growing."""
    history, place = new_history("Asia/Kolkata"), 0
    for moment in moments:
        while place < len(city.facts) and city.facts[place][0].known_ms <= moment:
            history.take(*city.facts[place])
            place += 1
        yield moment, history


def _facts(folder: Path) -> Iterator[Fact]:
    history = new_history("Asia/Kolkata")
    for topic in history.topics:
        frame = read_events(folder, topic, types=sorted(history.types)).collect()
        times = zip(frame["occurred_at"].dt.epoch("ms"), frame["known_at"].dt.epoch("ms"), strict=True)
        for type_, (occurred, known), payload in zip(frame["type"], times, frame["payload"], strict=True):
            yield Known(type_, occurred, known), orjson.loads(payload)


def _late(fact: Fact, drawn: np.random.Generator) -> Fact:
    known, payload = fact
    if drawn.random() >= LATE_SHARE:
        return fact
    return replace(known, known_ms=known.known_ms + int(drawn.integers(1, LATEST_MS))), payload
