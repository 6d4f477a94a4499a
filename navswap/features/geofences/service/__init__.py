"""Use cases of geofences: watch fences, follow the visits to them."""

from navswap.features.geofences.service.visits import VisitTracker
from navswap.features.geofences.service.watches import GeofenceService

__all__ = ["GeofenceService", "VisitTracker"]
