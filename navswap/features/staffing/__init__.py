"""Staffing: who works when and with what skill, and where staff is needed more than where it is.

Owns `staff_members`, `staff_assignments`, `station_work` and `waiting_riders`. Publishes `staffing.assignment.*`.
Reacts to `swapping.queue_entry.*` (who waits at a station), to `swapping.swap.completed` and
`faults.ticket.opened` (work, for the baseline of the forecast), and to `geofences.fence.left` and `geofences.fence.entered`
(a member of staff is on the way, or there).
"""
