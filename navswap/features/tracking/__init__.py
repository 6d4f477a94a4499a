"""Tracking: positions of riders, staff and transporters; what of a GPS batch is believed; fences; the traffic map.

Owns `gps_logs` (a time series), `fence_watches`, and of the traffic `traffic_minutes`, `position_minutes`,
`traffic_cells` and `traffic_map`; keeps the latest positions in Redis. GPS batches go straight to the topic
`positions`. Publishes `tracking.fence.entered`, `tracking.fence.left` and `tracking.traffic.changed`. Reacts to
nothing: whoever needs to know of an arrival has a fence watched in its own transaction, and whoever needs a travel
time asks.
"""
