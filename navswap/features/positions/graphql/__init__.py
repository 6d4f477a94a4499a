"""Positions at the edge: live positions, trails."""

from navswap.features.positions.graphql.positions import (
    Position,
    PositionsMutation,
    PositionsQuery,
    PositionsSubscription,
)
from navswap.features.positions.graphql.trails import TrailQuery

__all__ = ["Position", "PositionsMutation", "PositionsQuery", "PositionsSubscription", "TrailQuery"]
