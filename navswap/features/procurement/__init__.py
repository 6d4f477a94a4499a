"""Procurement: how many packs a depot orders, when, and who decides.

Owns `depots`, `depot_days` and `stock_orders`. Publishes `procurement.stock_order.*`. Reacts to `packs.pack.moved`:
a pack that leaves a depot is its demand, from which the next orders are computed.
"""
