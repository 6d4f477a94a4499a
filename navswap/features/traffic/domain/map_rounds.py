"""One round of the traffic map: from probes to the next revision of its cells, decided without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.features.traffic.domain.cells import MAP_ID, CellCongestion, TrafficCell, TrafficMap
from navswap.features.traffic.domain.congestion import (
    Observation,
    centre_of,
    congestion,
    free_flow,
    freshness,
    learned,
)
from navswap.features.traffic.domain.probes import minute_of
from navswap.features.traffic.events import MapChanged
from navswap.kit.forecasts import Source
from navswap.kit.lifecycle import Transition, unchanged

SETTLED = timedelta(minutes=10)
"""Probes are learned so long after their minute: those held back, and most that come late, are among them then."""
LEARN_AT_ONCE = timedelta(hours=1)
"""Longest span that one round learns, so that a worker that was away catches up in steps."""


@dataclass(frozen=True, slots=True)
class CellFacts:
    """What is known of a cell: the sums of its last probes, and its free flow in km/h."""

    observed: Observation
    free_flow_kmh: float


@dataclass(frozen=True, slots=True)
class CongestionForecast:
    """The congestion to reckon with in the next minutes, 0 (free) to 1 (jam)."""

    congestion: float
    source: Source


@dataclass(frozen=True, slots=True)
class Round:
    """What a round knows: the map before it, the last probes by cell, the speeds to learn, and the cells as stored."""

    now: datetime
    before: TrafficMap | None
    learn_until: datetime
    observed: Mapping[str, Observation]
    speeds: Mapping[str, Mapping[int, float]]
    cells: Mapping[str, TrafficCell]

    def history(self, cell: str) -> dict[int, float]:
        """Return the speed classes of a cell with what this round learns; without that they are left as they are."""
        known, fresh = self.cells.get(cell), self.speeds.get(cell)
        history = dict(known.history) if known else {}
        if not fresh:
            return history
        elapsed = self.learn_until - known.learned_at if known else timedelta(0)
        return learned(history, fresh, max(timedelta(0), elapsed))


@dataclass(frozen=True, slots=True)
class NextMap:
    """The map after a round, with what it publishes, and the cells that it writes, `changed` of them visibly."""

    map: Transition[TrafficMap]
    cells: tuple[Transition[TrafficCell], ...]
    changed: int


def learning_span(before: TrafficMap | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the span of time whose probes the next round learns; its end is not included."""
    settled = minute_of(now - SETTLED)
    since = settled if before is None else before.learned_until
    return since, max(since, min(settled, since + LEARN_AT_ONCE))


def facts_of(round_: Round, default_kmh: float) -> dict[str, CellFacts]:
    """Return what is known of each cell that has, or once had, probes; `default_kmh` is the free flow of unknown roads."""
    facts: dict[str, CellFacts] = {}
    for cell in sorted({*round_.observed, *round_.cells}):
        known = round_.cells.get(cell)
        observed = round_.observed.get(cell) or (known.observed if known else None)
        if observed is not None:
            facts[cell] = CellFacts(observed, free_flow(round_.history(cell), default_kmh))
    return facts


def last_value(facts: CellFacts, now: datetime) -> CongestionForecast:
    """Return the baseline: the next minutes are as the last ones, and what is old fades."""
    return CongestionForecast(congestion(facts.observed, facts.free_flow_kmh, now), Source.BASELINE)


def next_map(
    round_: Round, facts: Mapping[str, CellFacts], forecasts: Mapping[str, CongestionForecast]
) -> NextMap | None:
    """Return the map after a round; None where the round learned and changed nothing."""
    before = round_.before
    revision = before.revision + 1 if before else 1
    steps = [_step(cell, facts[cell], forecasts[cell], round_, revision) for cell in facts]
    written = tuple(step for step in steps if step.is_change)
    if not written and before is not None and round_.learn_until == before.learned_until:
        return None
    if not written and before is None:
        return None
    changed = sum(step.after.changed_in == revision for step in written)
    after = TrafficMap(MAP_ID, round_.now, round_.learn_until, revision)
    published = (MapChanged(revision=revision, cells=changed, as_of=round_.now),) if changed else ()
    return NextMap(Transition(before, after, published), written, changed)


def _step(
    cell: str, facts: CellFacts, forecast: CongestionForecast, round_: Round, revision: int
) -> Transition[TrafficCell]:
    """Return the cell with what is known of it now; a change that shows counts to the new revision of the map."""
    known = round_.cells.get(cell)
    is_live = freshness(facts.observed.latest, round_.now) > 0
    unlearned = known.learned_at if known else round_.learn_until
    after = TrafficCell(
        id=cell,
        centre=centre_of(cell),
        is_live=is_live,
        changed_in=revision,
        published=_published(facts, forecast, is_live=is_live),
        observed=facts.observed,
        history=tuple(sorted(round_.history(cell).items())),
        learned_at=round_.learn_until if cell in round_.speeds else unlearned,
    )
    if known is None:
        return Transition(None, after)
    if (known.published, known.is_live) == (after.published, after.is_live):
        after = replace(after, changed_in=known.changed_in)
    if replace(after, revision=known.revision) == known:
        return unchanged(known)
    return Transition(known, replace(after, revision=known.revision + 1))


def _published(facts: CellFacts, forecast: CongestionForecast, *, is_live: bool) -> CellCongestion:
    observed = facts.observed
    return CellCongestion(
        # Rounded, so that a cell does not change with every round for what no reader can see.
        speed_kmh=round(observed.speed_kmh, 1),
        free_flow_kmh=round(facts.free_flow_kmh, 1),
        congestion=round(forecast.congestion, 2) if is_live else 0.0,
        probes=observed.probes,
        as_of=observed.latest,
        source=forecast.source,
    )
