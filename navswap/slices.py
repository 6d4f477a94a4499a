"""The slices, low to high: the only list of them."""

from navswap.features.credits.slice import SLICE as CREDITS
from navswap.features.energy.slice import SLICE as ENERGY
from navswap.features.faults.slice import SLICE as FAULTS
from navswap.features.geofences.slice import SLICE as GEOFENCES
from navswap.features.logistics.slice import SLICE as LOGISTICS
from navswap.features.network.slice import SLICE as NETWORK
from navswap.features.packs.slice import SLICE as PACKS
from navswap.features.partners.slice import SLICE as PARTNERS
from navswap.features.positions.slice import SLICE as POSITIONS
from navswap.features.predictions.slice import SLICE as PREDICTIONS
from navswap.features.procurement.slice import SLICE as PROCUREMENT
from navswap.features.staffing.slice import SLICE as STAFFING
from navswap.features.stations.slice import SLICE as STATIONS
from navswap.features.swapping.slice import SLICE as SWAPPING
from navswap.features.traffic.slice import SLICE as TRAFFIC
from navswap.features.users.slice import SLICE as USERS
from navswap.slice import Slices

SLICES: Slices = (
    USERS,
    STATIONS,
    CREDITS,
    PACKS,
    POSITIONS,
    GEOFENCES,
    TRAFFIC,
    PARTNERS,
    PROCUREMENT,
    ENERGY,
    FAULTS,
    STAFFING,
    LOGISTICS,
    SWAPPING,
    NETWORK,
    PREDICTIONS,
)
"""Services are built, and the schema is put together, in this order; imports go down only."""
