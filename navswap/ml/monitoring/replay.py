"""Lives through an archive hour by hour as a worker would: forecasts, compares with what came, abstains and returns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson

from navswap.events.archive.reader import read_days, read_events
from navswap.kit.clock import epoch_milliseconds
from navswap.ml.history import History
from navswap.ml.history.reading import EmptyHistoryError, Known, read_history
from navswap.ml.monitoring.batches import (
    ForecastBatch,
    forecast_batch,
    nominal_share,
    outcomes_of,
    settle,
)
from navswap.ml.monitoring.parameters import PARAMETERS, MonitoringParameters
from navswap.ml.monitoring.quality import ModelQuality, ServingState, learn
from navswap.ml.serving import Model
from navswap.ml.spec import DAY, HOUR
from navswap.ml.tables import archived_topics, new_history

_LATEST: Final = 3 * DAY
"""A fact that became known so long after it happened is left out of a replay."""


@dataclass(frozen=True, slots=True)
class Change:
    """A model's state, from a time on."""

    at: datetime
    state: ServingState
    reason: str


@dataclass(slots=True)
class Monitored:
    """A model in a replay: its quality, its open batches, and what its state was."""

    model: Model
    quality: ModelQuality
    open: list[ForecastBatch] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def replay(
    models: Sequence[Model],
    archive: str,
    time_zone: str,
    since: datetime,
    until: datetime,
    parameters: MonitoringParameters = PARAMETERS,
    progress: Callable[[datetime], None] = lambda _: None,
) -> Mapping[str, Monitored]:
    """Monitor trained models through a span of an archive, in which nothing is seen before it became known; `time_zone` is its network's.

    Raises EmptyHistoryError where the archive holds nothing before the span.
    """
    history = new_history(time_zone)
    if read_history(history, archive, known_by=since, until=since + DAY) is None:
        raise EmptyHistoryError(f"{archive} holds nothing before {since:%Y-%m-%d}.")
    monitored = {
        model.spec.name: Monitored(
            model,
            ModelQuality.new(
                model.spec.name,
                model.version,
                nominal_share(model.spec),
                since,
                serves_model=model.serves_model,
            ),
        )
        for model in models
    }
    for hour in _followed(history, archive, since, until):
        progress(hour)
        for each in monitored.values():
            _settle_due(each, history, hour, parameters)
            batch = forecast_batch(each.model, each.quality, history, hour)
            if batch.due_at is not None:
                each.open.append(batch)
    return monitored


def span_of(archive: str) -> tuple[datetime, datetime]:
    """Return when the first and the last fact of an archive became known; raises EmptyHistoryError."""
    import polars as pl

    found = [
        read_events(archive, topic)
        .select(first=pl.col("known_at").min(), last=pl.col("known_at").max())
        .collect()
        for topic in archived_topics()
    ]
    times = pl.concat(found).drop_nulls()
    if not len(times):
        raise EmptyHistoryError(
            f"{archive} holds nothing. Make a history: navswap simulate --record {archive}"
        )
    return times["first"].min(), times["last"].max()  # type: ignore[return-value]  # polars types any value


def _settle_due(each: Monitored, history: History, now: datetime, parameters: MonitoringParameters) -> None:
    still_open = []
    for batch in each.open:
        if batch.due_at is not None and batch.due_at > now:
            still_open.append(batch)
            continue
        changed, places = settle(each.model.spec, batch, history, now, look_again=HOUR)
        if places:
            hour, margins = outcomes_of(each.model.spec, changed, places, each.quality.margins, parameters)
            before = each.quality.state
            each.quality = learn(each.quality, hour, margins, now, parameters)
            if each.quality.state is not before:
                each.changes.append(Change(now, each.quality.state, each.quality.reason))
        if changed.due_at is not None:
            still_open.append(changed)
    each.open = still_open


def _followed(history: History, archive: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield each full hour of a span, once the history holds what was known by then."""
    hour = since
    for day in _days(since, until):
        facts = sorted(_known_within(history, archive, day, day + DAY), key=lambda each: each[0].known_ms)
        place = 0
        while hour < min(day + DAY, until):
            while place < len(facts) and facts[place][0].known_ms <= epoch_milliseconds(hour):
                history.take(facts[place][0], orjson.loads(facts[place][1]))
                place += 1
            yield hour
            hour += HOUR
        for fact, payload in facts[place:]:
            history.take(fact, orjson.loads(payload))


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    day = since
    while day < until:
        yield day
        day += DAY


def _known_within(
    history: History, archive: str, since: datetime, until: datetime
) -> Iterator[tuple[Known, str]]:
    """Yield what became known after a time and up to another."""
    since_ms, until_ms = epoch_milliseconds(since), epoch_milliseconds(until)
    for topic in history.topics:
        types = sorted(type_ for type_ in history.types if type_.partition(".")[0] == topic)
        for day in read_days(archive, topic, since - _LATEST, until, types=types, known_by=until):
            frame = day.select("type", "occurred_at", "known_at", "payload").collect()
            times = zip(frame["occurred_at"].dt.epoch("ms"), frame["known_at"].dt.epoch("ms"), strict=True)
            for type_, (occurred_ms, known_ms), payload in zip(
                frame["type"], times, frame["payload"], strict=True
            ):
                if since_ms < known_ms <= until_ms:
                    yield Known(type_, occurred_ms, known_ms), payload
