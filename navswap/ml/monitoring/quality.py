"""The quality of one model as it serves: what came of its forecasts, and whether it may answer.

A state is changed by outcomes alone, in order; everything here is a function of the state and what is handed in.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from navswap.kit.forecasts import Source
from navswap.ml.monitoring.bands import Margins
from navswap.ml.monitoring.drift import drifted_at
from navswap.ml.monitoring.parameters import MonitoringParameters


class ServingState(StrEnum):
    """Whether a model answers, and why."""

    LEARNING = "LEARNING"
    SERVING = "SERVING"
    ABSTAINING = "ABSTAINING"
    RECALIBRATED = "RECALIBRATED"
    BASELINE = "BASELINE"


@dataclass(frozen=True, slots=True)
class HourOfOutcomes:
    """What came of the forecasts of one hour, as sums over `outcomes`; `at` is when they were made.

    `inside` and `baseline_inside` count what lay within the bands as they were given, `promised` and `baseline_promised` what
    should have; None where there is no band.
    """

    at: datetime
    source: Source
    """Which of the two answered then."""
    outcomes: int
    error: float
    baseline_error: float
    loss: float
    baseline_loss: float
    residual: float
    inside: float | None = None
    baseline_inside: float | None = None
    promised: float | None = None
    baseline_promised: float | None = None

    def plus(self, other: Self) -> Self:
        """Return the outcomes of both, of one hour."""
        return replace(
            self,
            outcomes=self.outcomes + other.outcomes,
            error=self.error + other.error,
            baseline_error=self.baseline_error + other.baseline_error,
            loss=self.loss + other.loss,
            baseline_loss=self.baseline_loss + other.baseline_loss,
            residual=self.residual + other.residual,
            inside=_sum(self.inside, other.inside),
            baseline_inside=_sum(self.baseline_inside, other.baseline_inside),
            promised=_sum(self.promised, other.promised),
            baseline_promised=_sum(self.baseline_promised, other.baseline_promised),
        )


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours together."""

    hours: tuple[HourOfOutcomes, ...]

    @property
    def outcomes(self) -> int:
        """Return how many outcomes there are."""
        return sum(hour.outcomes for hour in self.hours)

    @property
    def coverage(self) -> float | None:
        """Return the share inside the model's band; None without a band or an outcome."""
        return self._mean([hour.inside for hour in self.hours])

    @property
    def coverage_in_force(self) -> float | None:
        """Return the share inside the band that was given: the model's, or the baseline's while that answered."""
        return self._mean([_given(hour, hour.inside, hour.baseline_inside) for hour in self.hours])

    @property
    def promised(self) -> float | None:
        """Return the share that the model's band said it would hold."""
        return self._mean([hour.promised for hour in self.hours])

    @property
    def promised_in_force(self) -> float | None:
        """Return the share that the band in force said it would hold."""
        return self._mean([_given(hour, hour.promised, hour.baseline_promised) for hour in self.hours])

    @property
    def error(self) -> float | None:
        """Return the mean absolute error of the model, or its Brier score."""
        return self._mean([hour.error for hour in self.hours])

    @property
    def baseline_error(self) -> float | None:
        """Return the same of its baseline."""
        return self._mean([hour.baseline_error for hour in self.hours])

    @property
    def loss_ratio(self) -> float | None:
        """Return the loss of the model over that of its baseline; None where that lost nothing, or nothing is known."""
        own, other = (sum(hour.loss for hour in self.hours), sum(hour.baseline_loss for hour in self.hours))
        return own / other if other > 0 else None

    def _mean(self, sums: list[float | None]) -> float | None:
        known = [each for each in sums if each is not None]
        return sum(known) / self.outcomes if known and self.outcomes else None


@dataclass(frozen=True, slots=True)
class ModelQuality:
    """What is known of a model's forecasts by their outcomes; the id is the model's name.

    `hours` are the newest ones, in order of time. `state` has held `since`, for the `reason`; `nominal` is the share that the
    band says it holds, None where the model has no band.
    """

    id: str
    version: str
    serves_model: bool
    """Whether it was good enough in training; where not, the baseline answers whatever comes."""
    nominal: float | None
    state: ServingState
    reason: str
    since: datetime
    first_at: datetime
    outcomes: int = 0
    hours: tuple[HourOfOutcomes, ...] = ()
    margins: Margins = ()
    drift_at: datetime | None = None
    revision: int = 1

    @classmethod
    def new(
        cls, name: str, version: str, nominal: float | None, now: datetime, *, serves_model: bool
    ) -> Self:
        """Return the state of a version of which no outcome is known."""
        state = ServingState.LEARNING if serves_model else ServingState.BASELINE
        reason = (
            "its outcomes are being gathered; it answers meanwhile"
            if serves_model
            else "the model did not win in training, or has not been trained"
        )
        return cls(name, version, serves_model, nominal, state, reason, since=now, first_at=now)

    @property
    def source(self) -> Source:
        """Return which of the two answers."""
        silent = {ServingState.ABSTAINING, ServingState.BASELINE}
        return Source.BASELINE if self.state in silent else Source.MODEL

    def window(self, length: timedelta) -> Window:
        """Return the newest hours: those within a length before the newest."""
        if not self.hours:
            return Window(())
        since = self.hours[-1].at - length
        return Window(tuple(hour for hour in self.hours if hour.at > since))


def learn(
    before: ModelQuality,
    hour: HourOfOutcomes,
    margins: Margins,
    now: datetime,
    parameters: MonitoringParameters,
) -> ModelQuality:
    """Return the state after the outcomes of an hour, judged again."""
    hours = _with(before.hours, hour)
    kept = tuple(each for each in hours if each.at > hours[-1].at - parameters.remembers)
    learnt = replace(
        before,
        hours=kept,
        margins=margins,
        outcomes=before.outcomes + hour.outcomes,
        drift_at=drifted_at([(each.at, each.residual / each.outcomes) for each in kept]) or before.drift_at,
        revision=before.revision + 1,
    )
    return _judged(learnt, now, parameters)


def restarted(before: ModelQuality, new: ModelQuality) -> ModelQuality:
    """Return the state of a new version in the place of another's."""
    return replace(new, revision=before.revision + 1)


def _with(hours: tuple[HourOfOutcomes, ...], hour: HourOfOutcomes) -> tuple[HourOfOutcomes, ...]:
    """Return the hours with one more, in order of time; outcomes of one hour that come late are added to it."""
    found = {(each.at, each.source): each for each in hours}
    key = (hour.at, hour.source)
    found[key] = found[key].plus(hour) if key in found else hour
    return tuple(found[each] for each in sorted(found))


def _judged(quality: ModelQuality, now: datetime, parameters: MonitoringParameters) -> ModelQuality:
    match quality.state:
        case ServingState.BASELINE:
            return quality
        case ServingState.ABSTAINING:
            may_return = _may_return(quality, now, parameters)
            recovered = _recovered(quality, parameters)
            return _now(quality, ServingState.RECALIBRATED, recovered, now) if may_return else quality
        case ServingState.LEARNING if not _has_settled(quality, now, parameters):
            return quality
    if reason := _why_to_abstain(quality, parameters):
        return _now(quality, ServingState.ABSTAINING, reason, now)
    is_old = now - quality.since >= parameters.recalibrated_for
    if quality.state is ServingState.LEARNING or (quality.state is ServingState.RECALIBRATED and is_old):
        return _now(quality, ServingState.SERVING, "its outcomes are as it says", now)
    return quality


def _has_settled(quality: ModelQuality, now: datetime, parameters: MonitoringParameters) -> bool:
    """Return whether a version has been watched for long enough to be judged."""
    is_long = now - quality.first_at >= parameters.settles_after
    return is_long and quality.outcomes >= parameters.least_outcomes


def _why_to_abstain(quality: ModelQuality, parameters: MonitoringParameters) -> str:
    """Return why the baseline should answer; empty where the model may."""
    recent, day = quality.window(parameters.breaks_within), quality.window(parameters.loses_within)
    share, said = recent.coverage, recent.promised
    if share is not None and said is not None and recent.outcomes >= parameters.least_outcomes:
        off = abs(share - said)
        if off > parameters.breaks_beyond:
            return (
                f"its bands held {share:.0%} of the last {recent.outcomes} outcomes ({_hours(parameters.breaks_within)}) "
                f"and said {said:.0%}: more than {100 * parameters.breaks_beyond:g} points off"
            )
    ratio = day.loss_ratio
    if day.outcomes >= parameters.least_outcomes and ratio is not None and ratio > parameters.loses_beyond:
        return (
            f"its loss was {ratio:.2f} times the baseline's over the last {day.outcomes} outcomes "
            f"({_hours(parameters.loses_within)})"
        )
    return ""


def _may_return(quality: ModelQuality, now: datetime, parameters: MonitoringParameters) -> bool:
    """Return whether the band has held what it says for long enough, and the model loses no more than its baseline."""
    if now - quality.since < parameters.returns_after:
        return False
    window = quality.window(parameters.returns_after)
    if window.outcomes < parameters.least_outcomes or (window.loss_ratio or 0) > parameters.returns_below:
        return False
    share, said = window.coverage, window.promised
    is_in_band = share is None or said is None or abs(share - said) <= parameters.returns_within
    return is_in_band and not _why_to_abstain(quality, parameters)


def _recovered(quality: ModelQuality, parameters: MonitoringParameters) -> str:
    window = quality.window(parameters.returns_after)
    share = "" if window.coverage is None else f"its adapted band held {window.coverage:.0%} and "
    return (
        f"{share}it lost {window.loss_ratio or 0:.2f} times what the baseline did, over the last "
        f"{window.outcomes} outcomes ({_hours(parameters.returns_after)})"
    )


def _now(quality: ModelQuality, state: ServingState, reason: str, now: datetime) -> ModelQuality:
    return replace(quality, state=state, reason=reason, since=now)


def _given(hour: HourOfOutcomes, own: float | None, other: float | None) -> float | None:
    return own if hour.source is Source.MODEL else other


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):g} h"
