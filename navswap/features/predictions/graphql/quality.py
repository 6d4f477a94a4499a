"""`modelQuality`: how right each model has been, and whether it answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.predictions.service import PredictionsServices
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import NonNegativeInt
from navswap.kit.errors import InvalidInputError
from navswap.ml.catalog import CATALOG
from navswap.ml.monitoring.parameters import PARAMETERS
from navswap.ml.monitoring.quality import ModelQuality, ServingState
from navswap.ml.monitoring.scores import error_unit, judged_head

MOST_DAYS = PARAMETERS.remembers // timedelta(days=1)

describe_enum(
    ServingState,
    "Whether a model answers, by what came of its forecasts.",
    {
        "LEARNING": "It answers; too few outcomes are known to judge it.",
        "SERVING": "It answers, and outcomes are as it says.",
        "ABSTAINING": "Its baseline answers, because outcomes are not as it says; its bands are being adapted meanwhile.",
        "RECALIBRATED": "It answers again, with adapted bands, after it had abstained; for a week.",
        "BASELINE": "Its baseline answers whatever comes: the model did not win in training, or has not been trained.",
    },
    name="ModelState",
)


@strawberry.type(
    description="How far the edges of a model's bands have moved to hold what came, for one horizon."
)
class BandMargin:
    """A margin as clients see it."""

    source: Source = strawberry.field(description="Whose bands they are.")
    horizon_minutes: NonNegativeInt = strawberry.field(
        description="How far ahead the target lies, in minutes; 0 for a model without a horizon."
    )
    low: float = strawberry.field(
        description="By how many half widths of the band its lower edge lies further out, -2 to 4; below 0 further in."
    )
    high: float = strawberry.field(description="The same of its upper edge, -2 to 4.")


@strawberry.type(
    name="ModelQuality",
    description="How right a model has been beside its baseline, of the predictions that are kept each hour, and whether it answers.",
)
class ModelQualityView:
    """The quality of a model as clients see it."""

    model: str = strawberry.field(description="The name of the model, such as load.")
    title: str = strawberry.field(description="What it is, for a person, in English.")
    version: str = strawberry.field(
        description="Which artefact is loaded, whose outcomes these are; none before it was trained."
    )
    source: Source = strawberry.field(description="Which of the two answers now.")
    state: ServingState = strawberry.field(description="Whether it answers, by what came of its forecasts.")
    reason: str = strawberry.field(description="Why it is in this state, in English.")
    since: datetime = strawberry.field(description="Since when it has been (UTC).")
    outcomes: NonNegativeInt = strawberry.field(
        description="Forecasts of this version whose outcome is known, 0 or more."
    )
    window_outcomes: NonNegativeInt = strawberry.field(
        description="Those of the window, on which the figures below are."
    )
    window_begins_at: datetime | None = strawberry.field(
        description="When the first forecast of the window was made (UTC); null where no outcome is known."
    )
    window_ends_at: datetime | None = strawberry.field(
        description="When the last forecast of the window was made (UTC); null where no outcome is known."
    )
    measure: str = strawberry.field(
        description="What the errors are: the unit of a mean absolute error, such as swaps per 15 min, or `Brier score` (0 to 2)."
    )
    error: float | None = strawberry.field(
        description="Mean absolute error of the model's middle value, or its Brier score, 0 or more; null where no outcome is known."
    )
    baseline_error: float | None = strawberry.field(
        description="The same of its baseline for the same questions, 0 or more."
    )
    loss_ratio: float | None = strawberry.field(
        description="Loss of the model (of quantiles, the pinball loss of its band) over that of its baseline, 0 or more; below 1 it is the better one. Null where no outcome is known."
    )
    coverage: float | None = strawberry.field(
        description="Share of outcomes inside the bands that were given out, those of the baseline while that answered, 0 to 1; null for a model without bands, or where no outcome is known."
    )
    promised_coverage: float | None = strawberry.field(
        description="The share that those bands said they would hold, 0 to 1: 0.8, and more where an edge lies on a bound that nothing can pass, such as 0 swaps."
    )
    model_coverage: float | None = strawberry.field(
        description="Share of outcomes inside the model's own bands, also while it abstains, 0 to 1."
    )
    drift_at: datetime | None = strawberry.field(
        description=f"When its errors were last found to have changed for good (ADWIN on hourly means, the last {MOST_DAYS} days; UTC); null where they have not."
    )
    margins: list[BandMargin] = strawberry.field(
        description="How far bands have moved, by source and horizon; empty for a model without bands."
    )

    @classmethod
    def of(cls, quality: ModelQuality, source: Source, days: int) -> Self:
        """Return the view over the newest days."""
        spec, window = CATALOG[quality.id], quality.window(timedelta(days=days))
        return cls(
            model=quality.id,
            title=spec.title,
            version=quality.version,
            source=source,
            state=quality.state,
            reason=quality.reason,
            since=quality.since,
            outcomes=NonNegativeInt(quality.outcomes),
            window_outcomes=NonNegativeInt(window.outcomes),
            window_begins_at=window.hours[0].at if window.hours else None,
            window_ends_at=window.hours[-1].at if window.hours else None,
            measure=error_unit(judged_head(spec)),
            error=window.error,
            baseline_error=window.baseline_error,
            loss_ratio=window.loss_ratio,
            coverage=window.coverage_in_force,
            promised_coverage=window.promised_in_force,
            model_coverage=window.coverage,
            drift_at=quality.drift_at,
            margins=[
                BandMargin(
                    source=margin.source,
                    horizon_minutes=NonNegativeInt(margin.horizon_minutes),
                    low=margin.low,
                    high=margin.high,
                )
                for margin in quality.margins
            ],
        )


@strawberry.type
class ModelQualityQuery:
    """The root field of the quality of models."""

    @strawberry.field(
        description="How right models have been, beside their baselines, and whether they answer. A sample of at most 240 predictions a model and hour is kept and compared with what comes.",
        extensions=roles(*OVERSEERS),
    )
    async def model_quality(
        self,
        info: Info,
        models: Annotated[
            Sequence[str] | None,
            strawberry.argument(description="Names of models, such as load; all 13 where left out."),
        ] = None,
        days: Annotated[
            int, strawberry.argument(description=f"The newest days whose outcomes count, 1 to {MOST_DAYS}.")
        ] = 1,
    ) -> list[ModelQualityView] | None:
        """Return the quality of models, in the order in which they are named."""
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInputError("days", f"Between 1 and {MOST_DAYS} days are kept, not {days}.")
        names = list(dict.fromkeys(models)) if models is not None else list(CATALOG)
        for name in names:
            if name not in CATALOG:
                raise InvalidInputError(
                    "models", f"There is no model {name!r}; there are {', '.join(CATALOG)}."
                )
        services = PredictionsServices.of(info.context)
        found = await services.quality.list(names)
        return [
            ModelQualityView.of(quality, services.predictions.source_of(quality.id), days)
            for quality in found
        ]
