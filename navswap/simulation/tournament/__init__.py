"""Many runs of one city: every policy through every seed, on all cores or on a cluster, going on where it was interrupted."""
