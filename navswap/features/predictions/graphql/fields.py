"""Forecasts as fields of what they are about: `station { load(horizonMinutes: 60) { swapsP50 } }`."""

from datetime import timedelta
from typing import Annotated, Any, Final

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.predictions.graphql.queries import MINUTE, horizons_text
from navswap.features.predictions.graphql.subjects import SUBJECTS
from navswap.features.predictions.graphql.types import Prediction, as_predictions, prediction_type
from navswap.features.predictions.service import PredictionsServices
from navswap.graphql.context import Info
from navswap.graphql.extending import extends
from navswap.graphql.nodes import LoadedNode
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import NonNegativeInt
from navswap.ml.catalog import CATALOG
from navswap.ml.spec import ModelSpec

FIELDS: Final = {
    "load": "load",
    "station_reliability": "reliability",
    "energy_stability": "energy_forecast",
    "staff_diversion": "work_forecast",
    "battery_usage": "usage",
    "arrival": "arrival",
    "action": "forecast_action",
    "partner_storage": "storage_forecast",
}
"""By model: the name of the field that is joined to what it is about."""


def _field(spec: ModelSpec, about: type[LoadedNode]) -> Any:
    subject = SUBJECTS[spec.key]
    kind = prediction_type(spec, subject)
    first = spec.horizons[0] // MINUTE if spec.horizons else 0

    async def resolve(parent: Any, info: Info, horizon_minutes: int = first) -> Any:
        service = PredictionsServices.of(info.context).predictions
        horizon = timedelta(minutes=horizon_minutes)

        async def load(ids: list[str]) -> list[Prediction]:
            return list(as_predictions(spec, subject, await service.predict(spec.name, ids, horizon)))

        loader = info.context.loader(f"prediction:{spec.name}:{horizon_minutes}", load)
        return await loader.load(parent.id)

    resolve.__annotations__ |= {
        "parent": strawberry.Parent[about],  # type: ignore[misc, valid-type]  # the node
        "horizon_minutes": Annotated[NonNegativeInt, strawberry.argument(description=horizons_text(spec))],
        "return": kind | None,
    }
    return strawberry.field(
        resolve,
        description=f"{spec.title}: {spec.says}; all of an answer in one call.",
        extensions=roles(*OVERSEERS),
    )


def _extensions() -> tuple[type, ...]:
    made = []
    for name, field_name in FIELDS.items():
        spec = CATALOG.get(name)
        if spec is None:
            continue
        about = SUBJECTS[spec.key].kind
        assert about is not None, "a field is joined to a node"  # noqa: S101 - narrows the type only
        fields = type(
            f"{about.__name__}{field_name.title().replace('_', '')}",
            (),
            {"__module__": __name__, "__doc__": spec.says, field_name: _field(spec, about)},
        )
        made.append(extends(about)(fields))
    return tuple(made)


EXTENSIONS: Final = _extensions()
