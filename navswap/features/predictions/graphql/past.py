"""`predictionHistory`: what was forecast in past hours beside what came, for a chart."""

from datetime import datetime
from typing import Annotated, Final, Self

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.predictions.service import MOST_PAST_HOURS, PredictionsServices
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import NonNegativeInt
from navswap.ml.monitoring.past import PastHour
from navswap.ml.monitoring.scores import error_unit, judged_head
from navswap.ml.spec import HeadKind, ModelSpec

_UNITS_OF_CHANCES: Final = {HeadKind.PROBABILITY, HeadKind.SURVIVAL}


@strawberry.type(
    name="PredictionHour",
    description="What a model forecast at a full hour, and what came: means over the forecasts that are kept of it and whose outcome is known, or over all of them while none is.",
)
class PredictionHourView:
    """An hour as clients see it."""

    forecast_at: datetime = strawberry.field(description="The full hour at which it was forecast (UTC).")
    target_at: datetime = strawberry.field(
        description="When what was forecast was to come: the end of the horizon (UTC)."
    )
    source: Source = strawberry.field(description="Which of the two answered then.")
    version: str = strawberry.field(description="Which artefact of the model forecast it.")
    forecasts: NonNegativeInt = strawberry.field(
        description="Forecasts that are kept of the hour, 1 or more."
    )
    outcomes: NonNegativeInt = strawberry.field(description="Those whose outcome is known, 0 to `forecasts`.")
    predicted: float = strawberry.field(
        description="What was given out: the middle value or the probability, 0 to 1; in `unit`, as measured."
    )
    low: float | None = strawberry.field(
        description="Lower edge of the band that was given out, in `unit`, as measured; null for a model without bands."
    )
    high: float | None = strawberry.field(
        description="Upper edge of that band, in `unit`, as measured; null for a model without bands."
    )
    baseline: float = strawberry.field(description="What its baseline forecast, in `unit`, as measured.")
    came: float | None = strawberry.field(
        description="What came, in `unit`: of probabilities the share, 0 to 1. Null while no outcome is known."
    )

    @classmethod
    def of(cls, hour: PastHour) -> Self:
        """Return the view of an hour."""
        return cls(
            forecast_at=hour.at,
            target_at=hour.about,
            source=hour.source,
            version=hour.version,
            forecasts=NonNegativeInt(hour.forecasts),
            outcomes=NonNegativeInt(hour.outcomes),
            predicted=hour.predicted,
            low=hour.low,
            high=hour.high,
            baseline=hour.baseline,
            came=hour.came,
        )


@strawberry.type(
    name="PredictionHistory", description="What a model forecast in past hours beside what came of it."
)
class PredictionHistoryView:
    """The past of a model as clients see it."""

    model: str = strawberry.field(description="The name of the model, such as load.")
    title: str = strawberry.field(description="What it is, for a person, in English.")
    unit: str = strawberry.field(
        description="What the numbers are, such as swaps per 15 min; `share` for probabilities, 0 to 1."
    )
    horizon_minutes: NonNegativeInt = strawberry.field(
        description="How far ahead it was forecast, in minutes; 0 for a model without a horizon."
    )
    hours: list[PredictionHourView] = strawberry.field(
        description="The hours, the oldest first; one in which nothing was forecast is left out."
    )


@strawberry.type
class PredictionHistoryQuery:
    """The root field of what was forecast."""

    @strawberry.field(
        description="What a model forecast in past hours beside what came, of the network or of a station. Kept of each hour is a sample of at most 240 forecasts of all horizons, so that in a large network a station has hours without one.",
        extensions=roles(*OVERSEERS),
    )
    async def prediction_history(
        self,
        info: Info,
        model: Annotated[
            str,
            strawberry.argument(
                description="Name of the model, such as load; not one that forecasts classes, such as action."
            ),
        ],
        hours: Annotated[
            int, strawberry.argument(description=f"The newest hours, 1 to {MOST_PAST_HOURS}.")
        ] = 24,
        horizon_minutes: Annotated[
            NonNegativeInt | None,
            strawberry.argument(
                description="How far ahead, in minutes; the shortest horizon of the model where left out."
            ),
        ] = None,
        station_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="Only what was forecast of this station, for models of stations."
            ),
        ] = None,
    ) -> PredictionHistoryView | None:
        """Return the hours; raises InvalidInputError."""
        station = None if station_id is None else database_id(station_id, Station, "station_id")
        past = await PredictionsServices.of(info.context).quality.past(model, hours, horizon_minutes, station)
        return PredictionHistoryView(
            model=past.spec.name,
            title=past.spec.title,
            unit=_unit(past.spec),
            horizon_minutes=NonNegativeInt(past.horizon_minutes),
            hours=[PredictionHourView.of(hour) for hour in past.hours],
        )


def _unit(spec: ModelSpec) -> str:
    head = judged_head(spec)
    return "share" if head.kind in _UNITS_OF_CHANCES else error_unit(head)
