"""Forecasts at the edge."""

from navswap.graphql.enums import describe_enum
from navswap.kit.forecasts import Source

describe_enum(
    Source,
    "Where an estimate comes from.",
    {
        "MODEL": "A trained model.",
        "BASELINE": "A plain rule over what was observed.",
        "PRIOR": "What is believed before anything was observed: a table, by kind and size.",
    },
    name="EstimateSource",
)

__all__ = ["Source"]
