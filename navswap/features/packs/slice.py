"""The manifest of packs."""

from navswap.features.packs.documents import Pack
from navswap.features.packs.graphql import Pack as PackNode
from navswap.features.packs.graphql import PacksQuery
from navswap.features.packs.service import PackService, PacksServices, WithdrawalService
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Slice


def _build(platform: Platform, _lower: Services) -> PacksServices:
    return PacksServices(packs=PackService(platform.clock), withdrawals=WithdrawalService(platform.clock))


SLICE = Slice(
    name="packs",
    services=PacksServices,
    build=_build,
    topic="packs",
    documents=(Pack,),
    query=(PacksQuery,),
    nodes=(PackNode,),
)
