"""Loads a station network into the stores through the slices' services: the demonstration city or a file."""
