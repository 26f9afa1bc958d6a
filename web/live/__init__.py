"""Live balances: one thread hears and reads for all open streams and long polls of a process."""
