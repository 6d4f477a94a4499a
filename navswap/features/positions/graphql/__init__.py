"""Positions at the edge: reports, live positions, trails."""

from navswap.features.positions.graphql.positions import (
    Position,
    PositionsQuery,
    PositionsSubscription,
)
from navswap.features.positions.graphql.presence import NotAtPlace
from navswap.features.positions.graphql.reports import PositionsMutation
from navswap.features.positions.graphql.trails import TrailQuery

__all__ = [
    "NotAtPlace",
    "Position",
    "PositionsMutation",
    "PositionsQuery",
    "PositionsSubscription",
    "TrailQuery",
]
