"""Statistics: when things count, and over which periods."""
