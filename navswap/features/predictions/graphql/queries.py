"""The root field of each model: `predictLoad`, `predictFault` and so on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.predictions.graphql.subjects import SUBJECTS, Subject
from navswap.features.predictions.graphql.types import (
    as_predictions,
    explain_selected,
    given_features,
    prediction_type,
    what_if_type,
)
from navswap.features.predictions.service import MOST_PREDICTIONS, Predictions, PredictionsServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import long_ids
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import NonNegativeInt
from navswap.ml.catalog import CATALOG
from navswap.ml.spec import ModelSpec

MINUTE = timedelta(minutes=1)


def _root_field(spec: ModelSpec) -> Any:
    """Return the root field of a model."""
    subject = SUBJECTS[spec.key]
    kind = prediction_type(spec, subject)
    first = spec.horizons[0] // MINUTE if spec.horizons else 0

    async def resolve(
        self: object,
        info: Info,
        ids: Sequence[str] | None = None,
        horizon_minutes: int = first,
        what_if: object | None = None,
    ) -> Any:
        del self
        asked = await ask(info, spec, subject, ids, horizon_minutes, what_if)
        await explain_selected(info, asked)
        return as_predictions(spec, subject, asked)

    item = strawberry.ID if subject.kind is not None else str
    resolve.__annotations__ |= {
        "ids": Annotated[
            list[item] | None,  # type: ignore[valid-type]  # one of two types, by the subject
            strawberry.argument(
                name=subject.argument,
                description=f"{subject.says} At most {MOST_PREDICTIONS:,}; all that something is known of where left out.",
            ),
        ],
        "horizon_minutes": Annotated[NonNegativeInt, strawberry.argument(description=horizons_text(spec))],
        "what_if": Annotated[
            what_if_type(spec) | None,
            strawberry.argument(
                description="Values in the place of computed features, for all that is asked."
            ),
        ],
        "return": list[kind] | None,  # type: ignore[valid-type]  # made above
    }
    return strawberry.field(
        resolve,
        description=f"{spec.title}: {spec.says}. One call of the model for all. It drives: {spec.stakes.decision}.",
        extensions=roles(*OVERSEERS),
    )


async def ask(
    info: Info,
    spec: ModelSpec,
    subject: Subject,
    ids: Sequence[str] | None,
    horizon_minutes: int,
    what_if: object | None,
) -> Predictions:
    """Forecast what a client names; raises InvalidInputError."""
    service = PredictionsServices.of(info.context).predictions
    features = given_features(spec, what_if)
    wanted: Sequence[str]
    if ids is None:
        wanted = service.ids_known(spec.name)
    elif subject.kind is None:
        wanted = list(dict.fromkeys(ids))
    else:
        wanted = long_ids(ids, subject.kind, _snake(subject.argument))
        if subject.has_parts:
            wanted = service.ids_below(spec.name, wanted)
    return await service.predict(spec.name, wanted, horizon_minutes * MINUTE, features)


def horizons_text(spec: ModelSpec) -> str:
    """Return how the schema says which horizons a model has."""
    if not spec.horizons:
        return "0: the model has no horizon."
    known = ", ".join(str(horizon // MINUTE) for horizon in spec.horizons)
    return (
        f"How far ahead, in minutes: {known}."
        if len(spec.horizons) == 1
        else f"How far ahead, in minutes: one of {known}."
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


PredictionsQuery = strawberry.type(
    type(
        "PredictionsQuery",
        (),
        {"__module__": __name__, "__doc__": "The root fields of all models."}
        | {_snake(spec.root): _root_field(spec) for spec in CATALOG.values()},
    )
)
