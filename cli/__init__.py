"""Commands: `billing …`, one file per group."""
