"""The operations that agents send: small selections, each with the one root field that is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """A document by name. `root` is the field that is read; `attempts` how often it is sent without an answer, 0: until one comes."""

    name: str
    root: str
    document: str
    attempts: int = 0


def mutation(root: str, selection: str, *, attempts: int = 0) -> Operation:
    """Return a mutation of one input; `selection` is that of its payload."""
    name = f"{root[0].upper()}{root[1:]}"
    document = (
        f"mutation {name}($input: {name}Input!) {{ {root}(input: $input) {{ "
        f"... on {name}Payload {{ {selection} }} ... on Refusal {{ code message }} }} }}"
    )
    return Operation(root, root, document, attempts)


def query(root: str, document: str) -> Operation:
    """Return a query."""
    return Operation(root, root, document)


SESSION = "session { accessToken accessTokenExpiresAt refreshToken user { id } }"
SIGN_IN = mutation("signIn", SESSION)
REFRESH_SESSION = mutation("refreshSession", SESSION)

REPORT_POSITIONS = mutation("reportPositions", "accepted rejected { reason count }", attempts=2)

STATIONS = query(
    "stations",
    """query Stations($after: String) {
  stations(first: 100, after: $after) {
    edges { node { id name slotCount location { longitude latitude } } }
    pageInfo { hasNextPage endCursor }
  }
}""",
)

# Riders
ENTRY = "id state station { id } qr { token }"
OWN_PACKS = query("me", "query OwnPacks { me { id packs { serialNumber socPercent } } }")
OWN_ENTRY = query("queueEntry", f"query OwnEntry {{ queueEntry {{ {ENTRY} }} }}")
RECOMMEND = query(
    "recommend",
    """query Recommend($point: CoordinatesInput!) {
  recommend(point: $point, withinMetres: 4000, first: 3) { waitP50Minutes station { id } }
}""",
)
CONFIRM_QUEUE = mutation("confirmQueue", f"entry {{ {ENTRY} }}")
CANCEL_QUEUE = mutation("cancelQueue", "entry { id state }")

# Stations
VERIFY_QR = mutation("verifyQr", "entry { id state }")
COMPLETE_SWAP = mutation("completeSwap", "swap { id packsOut { serialNumber socPercent } }")
CABINET = query(
    "station",
    """query Cabinet($id: ID!) {
  station(id: $id) {
    slots { evseId pack { serialNumber socPercent condition model { capacity maxChargePower } } }
    energy { plan { id } chargers { evseId powerKw } }
    faults(isOpen: true, first: 5) { edges { node { evseId code attempts { id action outcome } } } }
  }
}""",
)
REPORT_PACKS = mutation("reportPacks", "station { id }")
REPORT_TELEMETRY = mutation("reportTelemetry", "raisedFaults resolvedFaults")
REPORT_METER = mutation("reportMeter", "energy { loadKw }")
CONFIRM_COMMAND = mutation("confirmCommand", "fault { id state }")
