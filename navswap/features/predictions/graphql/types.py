"""The GraphQL type of each model's predictions and the input of its what-if features, made of its `ModelSpec`."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from math import inf
from typing import Annotated, Any

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from navswap.features.predictions.graphql.subjects import Subject
from navswap.features.predictions.service import Asked, Predictions, PredictionsServices
from navswap.graphql.columns import Columns, Numbers, Same
from navswap.graphql.context import Info
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Minutes
from navswap.kit.errors import InvalidInputError
from navswap.ml import serving
from navswap.ml.spec import Feature, Head, HeadKind, ModelSpec

MOST_REASONS = 20
_USUAL_REASONS = 5


@strawberry.type(description="One feature's share in a forecast.")
class Contribution:
    """A contribution as clients see it."""

    feature: str = strawberry.field(
        description="The name of the feature, as what-if inputs take it, in snake case."
    )
    label: str = strawberry.field(description="What it is, for a person, in English.")
    unit: str = strawberry.field(description="Its unit; empty where it has none.")
    value: float | None = strawberry.field(description="What it was, as measured; null where unknown.")
    effect: float = strawberry.field(
        description="By how much it moved the raw score of the forecast's middle value, as the learner computes it: above 0 up, below 0 down."
    )


def _as_contributions(explained: list[list[serving.Contribution]]) -> list[list[Contribution]]:
    return [
        [
            Contribution(
                feature=found.feature,
                label=found.label,
                unit=found.unit,
                value=found.value,
                effect=found.effect,
            )
            for found in reasons
        ]
        for reasons in explained
    ]


def _id_of(self: "Prediction") -> strawberry.ID:
    return strawberry.ID(self.asked.id)


@strawberry.interface(description="What a model, or the baseline in its place, forecasts as of a moment.")
class Prediction:
    """What all predictions have."""

    id: strawberry.ID = strawberry.field(
        resolver=_id_of,  # written when it is asked for, which is seldom
        description="Identifies the prediction; decisions that are made on it name it. No Relay id: `node` does not find it.",
    )
    model: str = strawberry.field(description="The name of the model, such as load.")
    version: str = strawberry.field(
        description="Which artefact of the model is loaded; none before it was trained."
    )
    source: Source = strawberry.field(
        description="Whether the model forecast it, or the baseline in its place."
    )
    baseline_reason: str | None = strawberry.field(
        description="Why the baseline answers, in English, such as that the model abstains because its bands no longer hold what comes; null where the model answers."
    )
    as_of: datetime = strawberry.field(description="Only what was known at this moment is in it (UTC).")
    horizon_minutes: Minutes = strawberry.field(
        description="How far ahead the target lies; 0 for a model without a horizon."
    )
    is_known: bool = strawberry.field(
        description="Whether anything has been recorded of what it is about; where false, only the calendar and the network speak."
    )
    asked: strawberry.Private[Asked]

    @strawberry.field(
        description="What moved the forecast most, the strongest first; empty where the baseline forecast it, which explains itself."
    )
    def reasons(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description=f"How many at most: 1 to {MOST_REASONS}.")
        ] = _USUAL_REASONS,
    ) -> list[Contribution]:
        """Explain all predictions of an answer in one call a model, which has been done where many were asked for together."""
        if not 1 <= first <= MOST_REASONS:
            raise InvalidInputError("first", f"Between 1 and {MOST_REASONS} reasons are given, not {first}.")
        known = self.asked.answer.reasons.get(first)
        if known is not None:
            return known[self.asked.row]
        service = PredictionsServices.of(info.context).predictions

        async def load(asked: list[Asked]) -> list[list[Contribution]]:
            return _as_contributions(await service.explain(asked, first))

        later: Any = info.context.loader(f"reasons:{first}", load).load(self.asked)
        return later  # type: ignore[no-any-return]  # graphql-core awaits it


@strawberry.type(description="A class with its probability.")
class ClassProbability:
    """A class as clients see it."""

    name: str = strawberry.field(description="The class.")
    probability: float = strawberry.field(
        description="Its probability, 0 to 1; those of all classes add up to 1."
    )


@cache
def prediction_type(spec: ModelSpec, subject: Subject) -> type[Prediction]:
    """Return the type of a model's predictions: the interface, what it is about, and a field for each output."""
    annotations: dict[str, Any] = {}
    members: dict[str, Any] = {}
    if subject.kind is not None:
        members[_snake(subject.kind.__name__)] = _about(subject.kind)
    if subject.has_entity_id:
        annotations["entity_id"] = str
        members["entity_id"] = strawberry.field(
            description=f"The {spec.key.replace('_', ' ')} that it is about."
        )
    for head in spec.heads:
        for name, kind, description in _fields_of(head):
            annotations[name] = kind
            members[name] = strawberry.field(description=description)
    name = f"{_camel(spec.name)}Prediction"
    made = type(name, (Prediction,), {"__annotations__": annotations, "__module__": __name__, **members})
    return strawberry.type(made, description=f"Forecast: {spec.says}.")


async def explain_selected(info: Info, found: Predictions) -> None:
    """Explain all predictions of an answer whose reasons are selected, in a thread, before one of them is asked for its own.

    A thousand of them that each wait for theirs would hold up the event loop five times as long.
    """
    service = PredictionsServices.of(info.context).predictions
    for root in info.selected_fields if len(found) > 1 else ():
        for first in _firsts(root.selections) - set(found.reasons):
            explained = await service.explain([Asked(found, row) for row in range(len(found))], first)
            found.reasons[first] = await asyncio.to_thread(_as_contributions, explained)


def _firsts(selections: Iterable[Selection]) -> set[int]:
    """Return how many reasons are asked for below a root field, in each of the ways in which they are."""
    found: set[int] = set()
    for each in selections:
        if each.directives.get("skip", {}).get("if") or not each.directives.get("include", {}).get(
            "if", True
        ):
            continue
        if not isinstance(each, SelectedField):
            found |= _firsts(each.selections)
        elif each.name == "reasons":
            first = int(each.arguments.get("first", _USUAL_REASONS))  # a literal is the text of the document
            found |= {first} if 1 <= first <= MOST_REASONS else set()

    return found


def as_predictions(spec: ModelSpec, subject: Subject, found: Predictions) -> Columns[Prediction]:
    """Return the views of predictions of one model."""
    kind, forecast = prediction_type(spec, subject), found.forecast
    classes = [head for head in spec.heads if head.kind is HeadKind.CLASSES]
    outputs = [output for head in spec.heads if head not in classes for output in head.outputs]
    same: dict[str, Any] = {
        "model": spec.name,
        "version": forecast.version,
        "source": forecast.source,
        "baseline_reason": forecast.reason or None,
        "as_of": found.as_of,
        "horizon_minutes": Minutes(found.horizon / timedelta(minutes=1)),
    }
    columns: dict[str, Sequence[Any]] = {output: Numbers(forecast.outputs[output]) for output in outputs}
    columns["is_known"] = Numbers(forecast.is_covered)
    if subject.has_entity_id:
        columns["entity_id"] = found.ids

    def view_of(row: int) -> Prediction:
        asked = Asked(found, row)
        values = {name: column[row] for name, column in columns.items()}
        for head in classes:
            values[head.name] = _likeliest_first(head, asked.prediction.values)
        return kind(**same, **values, asked=asked)

    return Columns(
        kind, len(found), {**columns, **{name: Same(value) for name, value in same.items()}}, view_of
    )


def _likeliest_first(head: Head, values: Mapping[str, float]) -> list[ClassProbability]:
    classes = [
        ClassProbability(name=name, probability=values[f"{head.name}_{name}"]) for name in head.classes
    ]
    return sorted(classes, key=lambda each: -each.probability)


@cache
def what_if_type(spec: ModelSpec) -> type:
    """Return the input of a model's features: each may be given in the place of what is computed."""
    annotations = {feature.name: float | None for feature in spec.features}
    members = {
        feature.name: strawberry.field(default=None, description=_feature_description(feature))
        for feature in spec.features
    }
    made = type(
        f"{_camel(spec.name)}Features",
        (),
        {"__annotations__": annotations, "__module__": __name__, **members},
    )
    return strawberry.input(
        made,
        description=f"What if: values in the place of what `{spec.root}` computes; what is left out stays as it is.",
    )


def given_features(spec: ModelSpec, given: object | None) -> Mapping[str, float]:
    """Return the features that a client gave; raises InvalidInputError for one out of its bounds."""
    if given is None:
        return {}
    found = {
        feature.name: value
        for feature in spec.features
        if (value := getattr(given, feature.name)) is not None
    }
    for feature in spec.features:
        value = found.get(feature.name)
        if value is not None and not feature.lowest <= value <= feature.highest:
            raise InvalidInputError(
                f"what_if.{feature.name}",
                f"{value:g} is not between {feature.lowest:g} and {feature.highest:g}.",
            )
    return found


def _fields_of(head: Head) -> list[tuple[str, Any, str]]:
    unit = f" ({head.unit})" if head.unit else ""
    bounds = "" if head.lowest is None else f"; at least {head.lowest:g}"
    match head.kind:
        case HeadKind.CLASSES:
            return [
                (
                    head.name,
                    list[ClassProbability],
                    f"{_sentence(head.says)}: all classes, the likeliest first.",
                )
            ]
        case HeadKind.PROBABILITY:
            return [
                (
                    head.name,
                    float | None,
                    f"Calibrated probability, 0 to 1, of {head.says}; null where nothing is known.",
                )
            ]
        case HeadKind.QUANTILES:
            return [
                (
                    output,
                    float | None,
                    f"{_sentence(head.says)}{unit}: with a probability of {level:.0%} it is at most this{bounds}; null where nothing is known.",
                )
                for output, level in zip(head.outputs, head.levels, strict=True)
            ]
        case HeadKind.SURVIVAL:
            median, survival = head.outputs
            return [
                (median, float | None, f"Median of {head.says}, days; above 0."),
                (
                    survival,
                    float | None,
                    f"Probability, 0 to 1, that it does not happen within {head.horizon_days:g} days.",
                ),
            ]
        case _:
            return [
                (
                    head.name,
                    float | None,
                    f"{_sentence(head.says)}{unit}, the mean{bounds}; null where nothing is known.",
                )
            ]


def _about(kind: type[LoadedNode]) -> Any:
    async def resolve(self: Prediction, info: Info) -> LoadedNode | None:
        return await find_node(info.context, kind, self.asked.prediction.entity_id.partition("/")[0])

    resolve.__annotations__["return"] = kind | None
    name = _snake(kind.__name__).replace("_", " ")
    return strawberry.field(
        resolve, description=f"The {name} that it is about; null where it is not there any more."
    )


def _feature_description(feature: Feature) -> str:
    unit = f", {feature.unit}" if feature.unit else ""
    if feature.lowest == -inf and feature.highest == inf:
        bounds = "as measured"
    elif feature.highest == inf:
        bounds = f"at least {feature.lowest:g}"
    else:
        bounds = f"{feature.lowest:g} to {feature.highest:g}"
    return f"{_sentence(feature.label)}{unit}: {bounds}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
