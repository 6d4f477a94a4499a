"""Plans, jobs, offers, transporters and demand in MongoDB."""
