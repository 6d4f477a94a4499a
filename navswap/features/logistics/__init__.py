"""Logistics: charged packs go where they will be missed; transporters carry them and are paid.

Owns `rebalancing_plans` (decisions, with their inputs), `transport_jobs`, `job_offers`, `transporters` and
`station_demand`. Publishes `logistics.plan.made`, `logistics.job.*` and `logistics.offer.*`. Reacts to
`swapping.swap.completed`: it is the demand that the baseline forecast remembers; and to `partners.storage_request.*`:
what a shop waits for is brought by jobs, and a request that is over needs none.
"""
