"""The manifest of packs."""

from navswap.features.packs.graphql import Pack as PackNode
from navswap.features.packs.graphql import PacksQuery
from navswap.features.packs.service import PackService, PacksServices, StoredPackReader, WithdrawalService
from navswap.features.packs.storage import PackDocument
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> PacksServices:
    clock, outbox = platform.clock, platform.outbox
    return PacksServices(
        reader=StoredPackReader(),
        packs=PackService(clock, outbox),
        withdrawals=WithdrawalService(clock, outbox),
    )


SLICE = Slice(
    name="packs",
    services=PacksServices,
    build=_build,
    topic="packs",
    documents=(PackDocument,),
    query=(PacksQuery,),
    nodes=(PackNode,),
)
