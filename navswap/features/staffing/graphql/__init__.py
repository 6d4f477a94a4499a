"""Staffing at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.staffing.graphql.mutations import RosterMutation, StaffingMutation
from navswap.features.staffing.graphql.queries import StaffingQuery, StationStaff
from navswap.features.staffing.graphql.subscriptions import StaffingSubscription
from navswap.features.staffing.graphql.types import StaffAssignment, StaffMember

__all__ = [
    "RosterMutation",
    "StaffAssignment",
    "StaffMember",
    "StaffingMutation",
    "StaffingQuery",
    "StaffingSubscription",
    "StationStaff",
]
