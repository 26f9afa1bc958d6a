"""A double of the sandbox: its own server, and faults on demand."""
