"""What the twin's city does by itself: place, roads, weather, demand, wear and feeders; no policy and no state of a run."""
