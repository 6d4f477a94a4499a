"""The register of pack models."""

from collections.abc import Sequence
from dataclasses import asdict

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.features.packs.domain.models import RegisteredModel, register
from navswap.features.packs.errors import PackModelNotFoundError
from navswap.features.packs.storage import PackModels
from navswap.infra.mongo import Mongo, Session
from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.clock import Clock


class PackModelService:
    """Knows the models of packs; the standard model always is one."""

    def __init__(self, mongo: Mongo, clock: Clock, audit_log: AuditLog) -> None:
        self._mongo = mongo
        self._clock = clock
        self._audit_log = audit_log

    async def list_all(self) -> list[PackModel]:
        """Return all models, the standard one first, the others by id."""
        return [STANDARD_PACK, *(registered.model for registered in await PackModels.list_all())]

    async def list_by_ids(
        self, model_ids: Sequence[str], session: Session | None = None
    ) -> dict[str, PackModel]:
        """Return models by id; unknown ids are left out. The standard model costs no query."""
        others = set(model_ids) - {STANDARD_PACK.id}
        found = await PackModels.find_by_ids(sorted(others), session) if others else {}
        known = {model_id: registered.model for model_id, registered in found.items()}
        return known | ({STANDARD_PACK.id: STANDARD_PACK} if STANDARD_PACK.id in model_ids else {})

    async def get_all(self, model_ids: Sequence[str], session: Session | None = None) -> dict[str, PackModel]:
        """Return models by id; raises PackModelNotFoundError where there is none with one of the ids."""
        found = await self.list_by_ids(model_ids, session)
        if missing := [model_id for model_id in model_ids if model_id not in found]:
            raise PackModelNotFoundError(f"There is no pack model {missing[0]}; save it first.")
        return found

    async def get(self, model_id: str, session: Session | None = None) -> PackModel:
        """Return a model; raises PackModelNotFoundError."""
        return (await self.get_all([model_id], session))[model_id]

    async def save(self, model: PackModel, by: Principal) -> PackModel:
        """Store a model in place of the one with its id, and record by whom; the same again changes nothing.

        Raises InvalidInputError for the standard model.
        """

        async def work(session: Session) -> None:
            known = await PackModels.find(model.id, session)
            transition = register(known, model)
            await PackModels.apply(transition, session)
            if transition.is_change:
                await self._audit_log.record(
                    session,
                    self._clock.now(),
                    by,
                    "savePackModel",
                    ("PackModel", model.id),
                    before={} if known is None else asdict(known.model),
                    after=asdict(model),
                )

        await self._mongo.in_transaction(work)
        return model

    async def add_missing(self, models: Sequence[PackModel]) -> int:
        """Store the models that are not there yet (by id) and return how many were new."""
        return await PackModels.insert_missing([RegisteredModel(model.id, model) for model in models])
