"""Staffing at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.staffing.graphql.fields import StaffingMutation, StaffingQuery
from navswap.features.staffing.graphql.roster import RosterMutation
from navswap.features.staffing.graphql.subscriptions import StaffingSubscription
from navswap.features.staffing.graphql.types import StaffAssignment, StaffMember

__all__ = [
    "RosterMutation",
    "StaffAssignment",
    "StaffMember",
    "StaffingMutation",
    "StaffingQuery",
    "StaffingSubscription",
]
