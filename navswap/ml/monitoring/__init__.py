"""What comes of forecasts as they are served: bands that follow it, and models that abstain when theirs no longer hold."""
