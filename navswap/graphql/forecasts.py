"""Forecasts at the edge."""

from navswap.graphql.enums import describe_enum
from navswap.kit.forecasts import Source

describe_enum(
    Source,
    "Where an estimate comes from.",
    {"MODEL": "A trained model.", "BASELINE": "A plain rule."},
    name="EstimateSource",
)

__all__ = ["Source"]
