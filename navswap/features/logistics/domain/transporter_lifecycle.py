"""The readiness of a transporter: online or not, with how large a vehicle, and since when it waits for a job."""

from dataclasses import replace
from datetime import datetime

from navswap.features.logistics.domain.values import Transporter
from navswap.features.logistics.errors import VehicleUnknownError
from navswap.kit.lifecycle import Transition, unchanged


def set_online(
    transporter_id: str,
    known: Transporter | None,
    now: datetime,
    *,
    is_online: bool,
    capacity_packs: int | None = None,
) -> Transition[Transporter]:
    """Go online or offline, with the vehicle as before where no capacity is given; the wait begins by coming online.

    Raises VehicleUnknownError for one who goes online and has never given a capacity.
    """
    capacity = capacity_packs or (known.capacity_packs if known is not None else 0)
    if is_online and not capacity:
        raise VehicleUnknownError("Say how many packs your vehicle carries.")
    if known is None:
        return Transition(None, Transporter(transporter_id, is_online, capacity, free_since=now))
    if (known.is_online, known.capacity_packs) == (is_online, capacity):
        return unchanged(known)
    since = now if is_online and not known.is_online else known.free_since
    changed = replace(
        known, is_online=is_online, capacity_packs=capacity, free_since=since, revision=known.revision + 1
    )
    return Transition(known, changed)


def free(transporter: Transporter, now: datetime) -> Transition[Transporter]:
    """Begin the wait for the next job."""
    return Transition(transporter, replace(transporter, free_since=now, revision=transporter.revision + 1))
