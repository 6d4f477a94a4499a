"""Learning from a history: settings chosen on the validation part, trees grown, calibrated, and judged."""
