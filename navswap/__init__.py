"""NavSwap: the backend of a battery-swap network."""
