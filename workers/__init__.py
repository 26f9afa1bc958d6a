"""Apply: one file per queue, the only writers. Each is load, decide, keep, tell."""
