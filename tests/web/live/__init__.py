"""Live balances: one thread for all streams of a process."""
