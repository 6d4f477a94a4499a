"""Forecasts as a client asks for them: `predictLoad` of many stations through the schema, beside the bare trees on the same matrix."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
import uvloop
from strawberry.types import ExecutionResult

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.bench.errors import BenchError
from navswap.bench.statistics import Spread, ratios
from navswap.events.hub import Hub
from navswap.features.predictions.service import PredictionService, PredictionsServices, QualityService
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Context
from navswap.graphql.nodes import relay_id
from navswap.infra.garbage import collected_as_in_service
from navswap.infra.mongo import Mongo
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.ml.features import matrix
from navswap.ml.forecaster import Forecaster
from navswap.ml.history import History
from navswap.ml.monitoring.parameters import PARAMETERS
from navswap.ml.serving import Models
from navswap.schema import schema_for
from navswap.services import Services
from navswap.settings import Settings

_MODEL: Final = "load"
_DOCUMENT: Final = """
query Loads($ids: [ID!], $minutes: NonNegativeInt!) {
  predictLoad(stationIds: $ids, horizonMinutes: $minutes) { swapsP10 swapsP50 swapsP90 source }
}
"""


@dataclass(frozen=True, slots=True)
class AnswerSpeed:
    """Seconds of one answer, from the document to its bytes, and of the bare trees; `ratio` is the first to the second."""

    stations: int
    seconds: Spread
    bare_seconds: Spread
    ratio: Spread

    def line(self) -> str:
        """Return all of it for a person."""
        return (
            f"{_MODEL} of {self.stations:,} stations through GraphQL {1000 * self.seconds.median:8.1f} ms  "
            f"bare trees {1000 * self.bare_seconds.median:8.1f} ms  ratio {self.ratio.median:5.2f}"
        )


def measure_answers(models: Models, history: History, rounds: int) -> AnswerSpeed:
    """Measure answers about all stations of a history; raises BenchError where the model does not give them.

    Event loop and collector are those of the web process.
    """
    with collected_as_in_service(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(models, history, rounds))


async def _measure(models: Models, history: History, rounds: int) -> AnswerSpeed:
    clock = ManualClock(datetime.fromtimestamp(history.newest_ms / 1000, UTC))
    settings, model = Settings(), models[_MODEL]
    forecaster = Forecaster(settings, clock)
    forecaster.serve(models, history)
    ids, horizon = list(history.entities(model.spec.key).ids), model.spec.horizons[0]
    features = matrix(model.spec, history, model.spec.ask_of(history, ids, history.newest_ms, horizon))
    trees = [tree for head in model.spec.heads for tree in model.trees[head.name]]
    variables = {
        "ids": [relay_id(Station, identifier) for identifier in ids],
        "minutes": horizon // timedelta(minutes=1),
    }
    whole, bare = [], []
    async with _context(settings, clock, forecaster) as context:
        schema = schema_for(settings)
        for number in range(-2, rounds):  # the first two runs parse and compile
            began = time.perf_counter()
            result = await schema.execute(_DOCUMENT, variables, context, is_for_json=True)
            body = orjson.dumps({"data": result.data})
            answered = time.perf_counter()
            _require_forecasts(result, body, len(ids))
            begun = time.perf_counter()
            for tree in trees:
                tree.ask_booster(features)
            if number >= 0:
                whole.append(answered - began)
                bare.append(time.perf_counter() - begun)
    return AnswerSpeed(len(ids), Spread.of(whole), Spread.of(bare), ratios(whole, bare))


def _require_forecasts(result: ExecutionResult, body: bytes, wanted: int) -> None:
    found = (orjson.loads(body)["data"] or {}).get("predictLoad") or []
    if len(found) != wanted or any(each["source"] != Source.MODEL for each in found):
        raise BenchError(
            f"Not all of {wanted} stations were forecast by the model: {str(result.errors or found)[:300]}"
        )


@asynccontextmanager
async def _context(settings: Settings, clock: ManualClock, forecaster: Forecaster) -> AsyncIterator[Context]:
    """Yield the context of an analyst; the database is not asked, and need not be there."""
    mongo = Mongo(settings)
    quality = QualityService(mongo, clock, forecaster, PARAMETERS)
    services = Services([PredictionsServices(PredictionService(forecaster, clock), quality)])
    principal = Principal("bench", Role.ANALYST, "bench", clock.now() + timedelta(days=1))
    try:
        yield Context(settings, clock, Hub(settings, clock, []), services, principal, "127.0.0.1")
    finally:
        await mongo.client.close()
