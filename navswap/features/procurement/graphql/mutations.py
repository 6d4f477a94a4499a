"""Mutations of stock orders, and of the packs that leave and enter depots."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.packs.errors import PackElsewhereError, PackKnownError, PackNotFoundError
from navswap.features.partners.errors import PackOfAnotherTripError
from navswap.features.positions.graphql import NotAtPlace
from navswap.features.procurement import errors
from navswap.features.procurement.graphql.types import Depot, StockOrder
from navswap.features.procurement.service import ProcurementServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused


@strawberry.type(description="The order is approved.")
class ApproveStockOrderPayload:
    """The answer of approveStockOrder."""

    order: StockOrder = strawberry.field(description="The approved order.")


@strawberry.type(description="The order is rejected.")
class RejectStockOrderPayload:
    """The answer of rejectStockOrder."""

    order: StockOrder = strawberry.field(description="The rejected order.")


@strawberry.type(description="The packs are in the depot.")
class ReceiveStockOrderPayload:
    """The answer of receiveStockOrder."""

    order: StockOrder = strawberry.field(description="The order, RECEIVED once all of its packs have come.")


@strawberry.type(description="The packs are with the transporter.")
class IssueDepotPacksPayload:
    """The answer of issueDepotPacks."""

    depot: Depot = strawberry.field(description="The depot that they have left.")


@strawberry.type(description="The packs are in the depot.")
class HandInPacksPayload:
    """The answer of handInPacks."""

    depot: Depot = strawberry.field(description="The depot that has them.")


ApproveStockOrderResult = Annotated[
    ApproveStockOrderPayload
    | InvalidInput
    | Refused[errors.StockOrderNotFoundError]
    | Refused[errors.StockOrderDecidedError],
    strawberry.union("ApproveStockOrderResult", description="The approved order, or why it is not."),
]
RejectStockOrderResult = Annotated[
    RejectStockOrderPayload
    | InvalidInput
    | Refused[errors.StockOrderNotFoundError]
    | Refused[errors.StockOrderDecidedError],
    strawberry.union("RejectStockOrderResult", description="The rejected order, or why it is not."),
]
ReceiveStockOrderResult = Annotated[
    ReceiveStockOrderPayload
    | InvalidInput
    | Refused[errors.StockOrderNotFoundError]
    | Refused[errors.StockOrderDecidedError]
    | Refused[errors.MorePacksThanOrderedError]
    | Refused[PackKnownError],
    strawberry.union("ReceiveStockOrderResult", description="The order as it is, or why no pack came."),
]
IssueDepotPacksResult = Annotated[
    IssueDepotPacksPayload
    | InvalidInput
    | Refused[errors.DepotNotFoundError]
    | Refused[errors.TransporterNotFoundError]
    | NotAtPlace
    | Refused[PackNotFoundError]
    | Refused[PackElsewhereError],
    strawberry.union("IssueDepotPacksResult", description="The depot, or why no pack left."),
]
HandInPacksResult = Annotated[
    HandInPacksPayload
    | InvalidInput
    | Refused[errors.DepotNotFoundError]
    | NotAtPlace
    | Refused[PackNotFoundError]
    | Refused[PackElsewhereError]
    | Refused[PackOfAnotherTripError],
    strawberry.union("HandInPacksResult", description="The depot, or why it took no pack."),
]


@strawberry.input(description="The order to approve.")
class ApproveStockOrderInput:
    """The input of approveStockOrder."""

    order_id: strawberry.ID = strawberry.field(description="Id of the order.")
    packs: int | None = strawberry.field(
        default=None, description="Packs to order instead of those proposed, 1 to 100,000."
    )
    note: str = strawberry.field(default="", description="Why, at most 500 characters.")


@strawberry.input(description="The order to reject.")
class RejectStockOrderInput:
    """The input of rejectStockOrder."""

    order_id: strawberry.ID = strawberry.field(description="Id of the order.")
    note: str = strawberry.field(default="", description="Why, at most 500 characters.")


@strawberry.input(description="New packs that have come.")
class ReceiveStockOrderInput:
    """The input of receiveStockOrder."""

    order_id: strawberry.ID = strawberry.field(description="Id of the approved order.")
    serial_numbers: list[str] = strawberry.field(
        description="1 to 500 scanned packs of the model of the order, new to the network, of 1 to 50 characters; all come or none."
    )


@strawberry.input(description="Packs that leave a depot.")
class IssueDepotPacksInput:
    """The input of issueDepotPacks."""

    depot_id: strawberry.ID = strawberry.field(description="Id of the depot.")
    transporter_id: strawberry.ID = strawberry.field(description="Id of the user who takes them.")
    serial_numbers: list[str] = strawberry.field(description="1 to 500 scanned packs; all leave or none.")


@strawberry.input(description="Packs that come back to a depot.")
class HandInPacksInput:
    """The input of handInPacks."""

    depot_id: strawberry.ID = strawberry.field(description="Id of the depot, as `depots` lists them.")
    serial_numbers: list[str] = strawberry.field(description="1 to 500 scanned packs; all come or none.")


@strawberry.type
class ProcurementMutation:
    """Mutations of the procurement slice."""

    @strawberry.mutation(
        description="Order the packs that were proposed, or another number. Approving again is the same as once.",
        extensions=roles(Role.ADMIN),
    )
    async def approve_stock_order(
        self,
        info: Info,
        input: Annotated[ApproveStockOrderInput, strawberry.argument(description="The order.")],
    ) -> ApproveStockOrderResult:
        """Approve."""
        order = await ProcurementServices.of(info.context).orders.approve(
            database_id(input.order_id, StockOrder, "order_id"),
            info.context.signed_in(),
            input.packs,
            input.note,
        )
        return ApproveStockOrderPayload(order=StockOrder.of(order))

    @strawberry.mutation(
        description="Order nothing. Rejecting again is the same as once.", extensions=roles(Role.ADMIN)
    )
    async def reject_stock_order(
        self,
        info: Info,
        input: Annotated[RejectStockOrderInput, strawberry.argument(description="The order.")],
    ) -> RejectStockOrderResult:
        """Reject."""
        order = await ProcurementServices.of(info.context).orders.reject(
            database_id(input.order_id, StockOrder, "order_id"), info.context.signed_in(), input.note
        )
        return RejectStockOrderPayload(order=StockOrder.of(order))

    @strawberry.mutation(
        description="Take new packs of an approved order into its depot, by scanning them. Scanning again changes "
        "nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def receive_stock_order(
        self,
        info: Info,
        input: Annotated[ReceiveStockOrderInput, strawberry.argument(description="The packs.")],
    ) -> ReceiveStockOrderResult:
        """Take packs in."""
        order = await ProcurementServices.of(info.context).orders.receive(
            database_id(input.order_id, StockOrder, "order_id"),
            info.context.signed_in(),
            input.serial_numbers,
        )
        return ReceiveStockOrderPayload(order=StockOrder.of(order))

    @strawberry.mutation(
        description="Give packs of a depot to a transporter, by scanning them; they count as demand of the depot. "
        "Scanning again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def issue_depot_packs(
        self,
        info: Info,
        input: Annotated[IssueDepotPacksInput, strawberry.argument(description="The packs.")],
    ) -> IssueDepotPacksResult:
        """Give packs out."""
        depot = await ProcurementServices.of(info.context).depots.issue(
            database_id(input.depot_id, Depot, "depot_id"),
            info.context.signed_in(),
            database_id(input.transporter_id, User, "transporter_id"),
            input.serial_numbers,
        )
        return IssueDepotPacksPayload(depot=Depot.of(depot))

    @strawberry.mutation(
        description="Bring packs that are with you into a depot, by scanning them: recalled and retired ones, and what "
        "stayed with you after a job. Packs of a job under way are delivered, or the job is failed first. Scanning again "
        "changes nothing.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def hand_in_packs(
        self, info: Info, input: Annotated[HandInPacksInput, strawberry.argument(description="The packs.")]
    ) -> HandInPacksResult:
        """Take packs in."""
        depot = await ProcurementServices.of(info.context).depots.hand_in(
            database_id(input.depot_id, Depot, "depot_id"),
            info.context.signed_in().user_id,
            input.serial_numbers,
        )
        return HandInPacksPayload(depot=Depot.of(depot))
