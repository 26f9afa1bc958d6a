"""Messages about minutes: usage, grants, corrections, balances."""
