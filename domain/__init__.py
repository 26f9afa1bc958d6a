"""Decides: pure functions over plain values; standard library only, no clock, no I/O."""
