"""Traffic: the congestion of cells, from the positions of moving vehicles, and travel times through it.

Owns the probes of each cell and minute, the traffic map, and the counts of positions by minute. Publishes
`traffic.map.changed`, and every five minutes `traffic.cells.measured` and `traffic.zones.measured`. Reacts to logged positions.
"""
