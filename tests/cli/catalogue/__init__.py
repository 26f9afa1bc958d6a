"""Tests of commands: what is on offer."""
