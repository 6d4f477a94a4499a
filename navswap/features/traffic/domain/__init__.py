"""Probes, congestion, free flow, and the ways through cells: pure."""
