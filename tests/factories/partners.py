"""Partner shops and the packs that come to them."""

from navswap.auth.roles import Role
from navswap.features.packs.service import Pack, Place, PlaceKind
from navswap.features.partners.service import (
    Direction,
    PartnerShop,
    PartnersServices,
    StorageRequest,
    Wanted,
    read_opening_hours,
)
from navswap.features.partners.storage import Shops
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.logistics import drive
from tests.factories.network import TAIPEI, a_pack, a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user

PRICE = 650
ADMIN = a_principal("admin", Role.ADMIN)


async def a_shop(
    owner: User | None = None,
    *,
    capacity: int = 10,
    point: Point = TAIPEI,
    hours: str = "24/7",
    time_zone: str = "Asia/Kolkata",
) -> PartnerShop:
    """Store an empty shop."""
    identifier = new_id()
    shop = PartnerShop(
        id=identifier,
        owner_id=(owner or await a_user(Role.PARTNER)).id,
        name=f"Shop {identifier[-4:]}",
        point=point,
        time_zone=time_zone,
        opening_hours=read_opening_hours(hours),
        capacity_packs=capacity,
        credits_per_pack_day=PRICE,
    )
    await Shops.insert_all([shop])
    return shop


async def a_request(
    runtime: Runtime, shop: PartnerShop, packs: int = 2, station: Station | None = None
) -> StorageRequest:
    """Ask a shop to store packs."""
    station = station or await a_station(runtime, charged=1)
    wanted = Wanted(station.id, packs, shop.id)
    _, [request] = await PartnersServices.of(runtime).plans.request(wanted, ADMIN, new_id())
    return request


async def carried(transporter_id: str = "driver", count: int = 1) -> list[Pack]:
    """Store packs on the vehicle of a transporter."""
    place = Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter_id)
    return [await a_pack(place) for _ in range(count)]


async def agreed(
    runtime: Runtime,
    shop: PartnerShop,
    direction: Direction = Direction.INTO_SHOP,
    *,
    transporter_id: str = "driver",
    packs: int = 10,
) -> str:
    """Let a transporter go to a shop and agree to packs changing hands; returns the code."""
    await drive(runtime, transporter_id, shop.point)
    token, _ = await PartnersServices.of(runtime).handovers.create(shop.id, transporter_id, direction, packs)
    return token
