"""What predictions are about: how clients name it, by the key of the model."""

from dataclasses import dataclass
from typing import Final

from navswap.features.faults.graphql import Fault
from navswap.features.packs.graphql import Pack
from navswap.features.partners.graphql import PartnerShop
from navswap.features.procurement.graphql import Depot
from navswap.features.stations.graphql import Station
from navswap.features.swapping.graphql import QueueEntry
from navswap.graphql.nodes import LoadedNode


@dataclass(frozen=True, slots=True)
class Subject:
    """How clients name the entities of a key.

    `argument` is the name of the argument; `kind` the node whose ids it takes, None where it takes plain names. Where `has_parts`
    is true, an entity belongs to a node, as slots belong to a station, and a client names the node.
    """

    argument: str
    says: str
    kind: type[LoadedNode] | None = None
    has_parts: bool = False

    @property
    def has_entity_id(self) -> bool:
        """Return whether a prediction has to name its entity, as the node beside it does not."""
        return self.kind is None or self.has_parts


SUBJECTS: Final = {
    "station": Subject("stationIds", "Stations, by id.", Station),
    "slot": Subject("stationIds", "Stations whose slots are asked about, by id.", Station, has_parts=True),
    "inventory": Subject(
        "stationIds",
        "Stations whose packs are asked about, by id: one prediction a pack model.",
        Station,
        has_parts=True,
    ),
    "fault": Subject("faultIds", "Faults, by id.", Fault),
    "hold": Subject("queueEntryIds", "Queue entries, by id.", QueueEntry),
    "pack": Subject("packIds", "Packs, by id.", Pack),
    "shop": Subject("shopIds", "Partner shops, by id.", PartnerShop),
    "depot": Subject("depotIds", "Depots, by id.", Depot),
    "depot_model": Subject("depotIds", "Depots, by id: one prediction a pack model.", Depot, has_parts=True),
    "zone": Subject("zones", "Zones, by name."),
    "cell": Subject("cells", "H3 cells of the live traffic map, in hexadecimal."),
}
"""By the key of a `ModelSpec`."""
