"""Staffing: who works when and with what skill, and where people are needed more than where they are.

Owns `staff_members`, `staff_assignments`, `station_work` and `strained_stations`. Publishes `staffing.assignment.*`.
Reacts to `stations.station.changed` (a queue breaks its promise, or keeps it again), to `swapping.swap.completed` and
`faults.ticket.opened` (work, for the baseline of the forecast), and to `geofences.fence.left` and `geofences.fence.entered`
(somebody is on the way, or there).
"""
