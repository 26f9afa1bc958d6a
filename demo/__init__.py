"""The demonstration: a recording of usage messages, and the script that made it."""
