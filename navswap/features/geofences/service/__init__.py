"""Use cases of geofences: watch fences, follow the visits to them."""

from dataclasses import dataclass

from navswap.features.geofences.service.visits import VisitTracker
from navswap.features.geofences.service.watches import GeofenceService
from navswap.services import SliceServices

__all__ = ["GeofenceService", "VisitTracker"]


@dataclass(frozen=True, slots=True)
class GeofencesServices(SliceServices):
    """What the slice geofences offers."""

    geofences: GeofenceService
    visits: VisitTracker
