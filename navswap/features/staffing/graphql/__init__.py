"""Staffing at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.staffing.graphql.fields import StaffingMutation, StaffingQuery
from navswap.features.staffing.graphql.roster import RosterMutation
from navswap.features.staffing.graphql.subscriptions import StaffingSubscription

__all__ = ["RosterMutation", "StaffingMutation", "StaffingQuery", "StaffingSubscription"]
