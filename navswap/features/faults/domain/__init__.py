"""What is decided about faults, without a database: what readings show, what is tried, and the lives of fault and ticket."""
