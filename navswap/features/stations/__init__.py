"""Swap stations: where they are, what they have, how they are.

Owns `stations`; information (fixed) and status (changing) apart, as GBFS does. Publishes
`stations.station.changed` and `stations.station.closed`. Reacts to nothing: a slice that moves packs records the new stock in
the same transaction, and the slice that
gives holds moves those that a change breaks, too (`service/broken_holds.py`).
"""
