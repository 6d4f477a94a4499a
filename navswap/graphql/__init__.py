"""What the slices build their part of the schema with: contexts, connections, nodes, refusals, streams."""
