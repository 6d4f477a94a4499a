"""Tracking: positions of riders, staff and transporters; what of a GPS batch is believed; fences around places.

Owns `gps_logs` (a time series) and `fence_watches`; keeps the latest positions in Redis. GPS batches go
straight to the topic `positions`. Publishes `tracking.fence.entered` and `tracking.fence.left`. Reacts to
nothing: whoever needs to know of an arrival has a fence watched in its own transaction.
"""
