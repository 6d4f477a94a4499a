"""Tracking at the edge: positions, trails, traffic."""

from navswap.features.tracking.graphql.positions import (
    Position,
    TrackingMutation,
    TrackingQuery,
    TrackingSubscription,
)
from navswap.features.tracking.graphql.traffic import TrafficCell, TrafficQuery, TrafficSubscription
from navswap.features.tracking.graphql.trails import TrailQuery

__all__ = [
    "Position",
    "TrackingMutation",
    "TrackingQuery",
    "TrackingSubscription",
    "TrafficCell",
    "TrafficQuery",
    "TrafficSubscription",
    "TrailQuery",
]
