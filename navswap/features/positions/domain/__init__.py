"""What of a GPS batch is believed: pure."""
