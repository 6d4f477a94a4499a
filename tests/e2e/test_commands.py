"""A list of a hundred asks the stores as often as a list of one, whatever is selected of its items."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from navswap.auth.roles import Role
from navswap.features.stations.service import StationsServices, StationState
from navswap.infra.mongo import Stored
from navswap.runtime import DOCUMENTS, Runtime
from navswap.schema import build_schema
from tests.e2e.scenarios import node
from tests.factories.energy import a_charging_station
from tests.factories.faults import a_ticket
from tests.factories.fleet import BOSS
from tests.factories.logistics import a_job, a_transporter, taken
from tests.factories.network import a_rider, a_station
from tests.factories.partners import a_request, a_shop
from tests.factories.procurement import a_proposal
from tests.factories.staffing import a_staff_member
from tests.factories.staffing import asked as asked_to_go
from tests.factories.swapping import a_swap, store_swap
from tests.factories.users import a_user
from tests.features.logistics.test_planning import a_surplus_and_a_deficit, plan
from tests.features.swapping.steps import confirm
from tests.support.api import Api, running
from tests.support.commands import Asked, asked

SCHEMA = build_schema()._schema
DEPTH = 2
"""Objects within objects that are selected."""
AT_ONCE = 3
"""Fields with objects in them that one query asks for."""
MANY = 100
LIMITER = 1
"""The rate limiter asks Redis for some operations, and not for others."""
LARGEST = {"rebalancingPlans": 10}
"""Lists with smaller pages."""


def lists() -> Iterator[tuple[str, GraphQLObjectType]]:
    """Yield the root fields that answer pages, with the type of their nodes."""
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        kind = get_named_type(field.type)
        if kind.name.endswith("Connection") and isinstance(kind, GraphQLObjectType):
            edge = get_named_type(kind.fields["edges"].type)
            assert isinstance(edge, GraphQLObjectType)
            node = get_named_type(edge.fields["node"].type)
            assert isinstance(node, GraphQLObjectType)
            if name not in SAME_NODES:
                yield name, node


SAME_NODES = {
    "transporterHistory": "the jobs of transportJobs, of one transporter",
    "creditEntries": "of one user; its fields are plain",
}
"""Lists that are left out, and why."""
LISTS = dict(lists())


def fields(kind: GraphQLObjectType, depth: int, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield each field of a type with what it has below it, without those that need an argument."""
    for name, field in kind.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        selected = _selected(field, depth, seen | {kind.name})
        if selected is not None:
            yield f"{name}{selected}"


def _selected(field: GraphQLField, depth: int, seen: frozenset[str]) -> str | None:
    target = get_named_type(field.type)
    if is_leaf_type(target):
        return ""
    if not isinstance(target, GraphQLObjectType):
        return " { __typename }"
    if depth == 0 or target.name in seen:
        return None
    inner = " ".join(fields(target, depth - 1, seen))
    return f" {{ {inner} }}" if inner else None


def together(selections: Iterator[str]) -> Iterator[str]:
    """Yield plain fields all at once, and some of the others: what one of them asks more, they ask more together."""
    found = list(selections)
    plain = [selected for selected in found if "{" not in selected]
    others = [selected for selected in found if "{" in selected]
    yield " ".join(plain)
    for place in range(0, len(others), AT_ONCE):
        yield " ".join(others[place : place + AT_ONCE])


async def a_network(runtime: Runtime) -> None:
    """Store one or more of everything that a list shows."""
    station = await a_charging_station(runtime, charged=3)
    other = await a_station(runtime)
    await store_swap(a_swap(station.id, runtime.clock.now()))
    await a_ticket(runtime, other)
    await a_request(runtime, await a_shop(), station=station)
    await a_proposal(runtime)
    staff = await a_staff_member(runtime, station)
    await asked_to_go(runtime, staff.id, station.id, other.id)
    await a_transporter(runtime)
    await taken(runtime, await a_job(runtime, station, other))
    await a_surplus_and_a_deficit(runtime)
    await plan(runtime)
    await StationsServices.of(runtime).stations.set_state(other.id, StationState.CLOSED, BOSS)


async def multiply(document: type[Stored], unique: str | None, *, first: bool) -> None:
    """Store copies of one document of a collection, which are listed beside it, with ids and a unique field of their own."""
    collection = document.collection()
    original = await collection.find_one({}, sort=[("_id", 1 if first else -1)])
    assert original is not None, document
    copies = []
    for number in range(MANY):
        duplicate = {**original, "_id": f"{original['_id']}-{number:03}"}
        if unique is not None and isinstance(value := original[unique], str):
            duplicate[unique] = f"{value}-{number:03}"
        elif unique is not None:
            duplicate[unique] = value + 1_000 + number
        copies.append(duplicate)
    await collection.insert_many(copies)


LISTED = {
    "stations": None,
    "swaps": "entry_id",
    "faults": "subject",
    "tickets": "fault_id",
    "partner_shops": None,
    "storage_requests": None,
    "depots": None,
    "stock_orders": "depot_id",
    "staff_members": None,
    "staff_assignments": "staff_id",
    "transport_jobs": "transporter_id",
    "rebalancing_plans": "number",
    "audit_log": None,
}
"""Collections that are listed, and which of their fields is unique."""


def round_trips(found: Asked) -> Counter[str]:
    """Return what was asked of MongoDB; that a long answer comes in several batches is no further question."""
    return Counter({name: count for name, count in found.mongo.items() if not name.startswith("getMore")})


async def test_a_list_of_a_hundred_asks_as_often_as_one(runtime: Runtime) -> None:
    await a_network(runtime)
    for document in DOCUMENTS:
        if (stored := document.get_collection_name()) in LISTED:
            await multiply(document, LISTED[stored], first=stored == "stations")
    user = await a_user(Role.ADMIN)
    token, _ = runtime.access_tokens.issue(user.id, user.role, "session")
    costly: dict[str, object] = {}
    async with running(runtime) as address, Api(address, token) as api:
        await StationsServices.of(runtime).reader.wait_until_ready()
        await api.post("{ __typename }")  # opens the connections
        for name, node in LISTS.items():
            most = LARGEST.get(name, MANY)
            for selected in together(fields(node, DEPTH)):
                query = f"query($n: Int) {{ {name}(first: $n) {{ edges {{ node {{ {selected} }} }} }} }}"
                one, many = await asked(api, query, n=1), await asked(api, query, n=most)
                assert ("errors" in one.body, "errors" in many.body) == (False, False), (query, many.body)
                assert len(many.body["data"][name]["edges"]) == most, name
                if round_trips(one) != round_trips(many) or many.redis > one.redis + LIMITER:
                    more = round_trips(many) - round_trips(one)
                    costly[f"{name} {{ {selected}"] = dict(more), many.redis - one.redis
    assert costly == {}


SPAN = '{since: "%(since)s", until: "%(until)s"}'
UNPAGED = {
    "node": 'id: "%(station)s"',
    "me": "",
    "station": 'id: "%(station)s"',
    "stationStatus": 'stationId: "%(station)s"',
    "creditBalance": 'userId: "%(user)s"',
    "pack": 'serialNumber: "%(pack)s"',
    "packModels": "",
    "position": 'subjectId: "%(user)s"',
    "trail": 'subjectId: "%(user)s", since: "%(since)s", until: "%(until)s"',
    "traffic": "area: {west: 121, south: 24, east: 122, north: 26}",
    "partnerShop": 'id: "%(shop)s"',
    "depots": "",
    "tariffs": "",
    "fault": 'id: "%(fault)s"',
    "ticket": 'id: "%(ticket)s"',
    "transportJob": 'id: "%(job)s"',
    "transporter": 'transporterId: "%(transporter)s"',
    "rebalancingPlan": 'id: "%(plan)s"',
    "recommend": "point: {longitude: 121.5, latitude: 25}, first: 20",
    "queueEntry": 'id: "%(entry)s"',
    "adminLive": "",
    "adminLogistics": "first: 100",
    "swapStatistics": f"span: {SPAN}, groupBy: STATION",
    "stationStatistics": f"span: {SPAN}, stationIds: %(stations)s",
    "adminTraffic": "",
    "networkHistory": 'since: "%(since)s", until: "%(until)s"',
    "networkSnapshot": 'at: "%(until)s"',
    "predictLoad": "stationIds: %(stations)s",
    "predictFault": "stationIds: %(stations)s",
    "predictAction": "faultIds: %(faults)s",
    "predictTraffic": "",
    "predictMicroAreaTraffic": "",
    "predictArrival": 'queueEntryIds: ["%(entry)s"]',
    "predictBatteryUsage": "packIds: %(packs)s",
    "predictRebalancing": "stationIds: %(stations)s",
    "predictStaffDiversion": "stationIds: %(stations)s",
    "predictStockOrder": "depotIds: %(depots)s",
    "predictPartnerStorage": "shopIds: %(shops)s",
    "predictEnergyStability": "stationIds: %(stations)s",
    "predictStationReliability": "stationIds: %(stations)s",
    "modelQuality": "",
    "predictionHistory": 'model: "load", stationId: "%(station)s"',
}
"""The root fields that answer no pages, with their arguments."""
NODES = {
    "station": ("Station", "stations"),
    "pack": ("Pack", "packs"),
    "shop": ("PartnerShop", "partner_shops"),
    "fault": ("Fault", "faults"),
    "ticket": ("Ticket", "tickets"),
    "job": ("TransportJob", "transport_jobs"),
    "plan": ("RebalancingPlan", "rebalancing_plans"),
    "entry": ("QueueEntry", "queues"),
    "depot": ("Depot", "depots"),
}
"""What arguments name, by the type of the node and its collection."""


def test_each_root_field_is_counted() -> None:
    assert SCHEMA.query_type is not None
    assert set(SCHEMA.query_type.fields) == {*LISTS, *SAME_NODES, *UNPAGED}


async def arguments(runtime: Runtime, user: str, most: int) -> dict[str, str]:
    """Return what arguments name: one of each kind, and lists of at most so many ids."""
    now, values = runtime.clock.now(), dict[str, str]()
    for name, (kind, collection) in NODES.items():
        found = await runtime.mongo.database[collection].find({}, {"_id": 1}).sort("_id", 1).to_list()
        ids = [row["_id"] if name == "pack" else node(kind, row["_id"]) for row in found]
        values[name] = ids[0]
        values[f"{name}s"] = json.dumps([node(kind, row["_id"]) for row in found][:most])
    transporter = await runtime.mongo.database["users"].find_one({"role": Role.TRANSPORTER})
    assert transporter is not None
    return {
        **values,
        "user": node("User", user),
        "transporter": node("User", transporter["_id"]),
        "since": (now - timedelta(days=1)).isoformat(),
        "until": now.isoformat(),
    }


async def test_a_root_field_asks_as_often_of_a_network_of_hundreds(runtime: Runtime) -> None:
    await a_network(runtime)
    station = await a_station(runtime, charged=3)
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, station)
    user = await a_user(Role.ADMIN)
    token, _ = runtime.access_tokens.issue(user.id, user.role, "session")
    assert SCHEMA.query_type is not None
    selected = {name: _selected(SCHEMA.query_type.fields[name], 3, frozenset()) or "" for name in UNPAGED}
    selected["node"] = (
        f" {{ ... on Station{_selected(SCHEMA.query_type.fields['station'], 3, frozenset())} }}"
    )
    seen: dict[int, dict[str, Asked]] = {}
    async with running(runtime) as address, Api(address, token) as api:
        reader = StationsServices.of(runtime).reader
        await reader.wait_until_ready()
        for size in (1, MANY):
            if size == MANY:
                for document in DOCUMENTS:
                    if (stored := document.get_collection_name()) in LISTED:
                        await multiply(document, LISTED[stored], first=stored == "stations")
                await reader.verify()
            values = await arguments(runtime, user.id, size)
            seen[size] = {}
            for name, given in UNPAGED.items():
                named = f"({given % values})" if given else ""
                query = f"{{ {name}{named}{selected[name]} }}"
                await asked(api, query)  # what is read once in minutes is at hand then
                seen[size][name] = await asked(api, query)
                assert "errors" not in seen[size][name].body, (query, seen[size][name].body)
    costly = {
        name: more
        for name in UNPAGED
        if (more := asked_more(seen[1][name], seen[MANY][name]))
        or seen[MANY][name].redis > seen[1][name].redis + LIMITER
    }
    assert costly == {}


def asked_more(few: Asked, many: Asked) -> dict[str, int]:
    """Return what was asked more often of a large network.

    What only that has, such as packs that riders have, is asked for once.
    """
    before = round_trips(few)
    more = round_trips(many) - before
    return {name: count for name, count in more.items() if count > 1 or name in before}
