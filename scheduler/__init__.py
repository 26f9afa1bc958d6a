"""Reminds: turns the clock into messages, once, however many schedulers run."""
