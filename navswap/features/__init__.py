"""The business, one folder a slice."""
