"""The manifest of packs."""

from navswap.features.packs.graphql import (
    ModelOfStock,
    PackModel,
    PacksMutation,
    PacksQuery,
    RiderPacks,
    SlotPacks,
    VehiclePacks,
)
from navswap.features.packs.graphql import Pack as PackNode
from navswap.features.packs.service import (
    AtFullPower,
    PackModelService,
    PackService,
    PacksServices,
    Readiness,
    StoredPackReader,
    WithdrawalService,
)
from navswap.features.packs.storage import PackDocument, PackModelDocument
from navswap.features.stations.service import StationsServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, lower: Services) -> PacksServices:
    clock, outbox, broken_holds = platform.clock, platform.outbox, lower.of(StationsServices).broken_holds
    return PacksServices(
        reader=StoredPackReader(),
        packs=PackService(clock, outbox, broken_holds),
        models=PackModelService(platform.mongo, clock, platform.audit_log),
        withdrawals=WithdrawalService(clock, outbox, broken_holds),
        readiness=Readiness(AtFullPower(float(platform.settings.promised_soc_percent))),
    )


SLICE = Slice(
    name="packs",
    services=PacksServices,
    build=_build,
    topic="packs",
    documents=(PackDocument, PackModelDocument),
    query=(PacksQuery,),
    mutation=(PacksMutation,),
    nodes=(PackNode, PackModel),
    extensions=(SlotPacks, ModelOfStock, VehiclePacks, RiderPacks),
)
