"""Energy: what it costs when, which pack charges when under the limit of the feeder, and what was drawn.

Owns `tariffs`, `energy_stations` (one for each station: its limit, its present plan and the power of its slots),
`charging_plans`, `meter_readings` and `hourly_swaps`. Publishes `energy.command.issued`, `energy.station.changed`,
`energy.load.measured` (each quarter of an hour of a meter) and `energy.feeder.changed`.
Reacts to `stations.station.changed` (its packs changed, so the plan is made again), to `swapping.swap.completed` (counted
by hour, for the baseline of the demand forecast), and to `faults.command.issued`, `faults.fault.raised`, `faults.fault.reopened` and
`faults.fault.resolved` (a charger is derated, or a feeder gives nothing, while a fault is open). A new plan, of a shed feeder or a derated charger too, has the holds moved in its own
transaction that it cannot keep.
"""
