"""Queues: one file each, dispatch only; the work is in the capabilities."""
