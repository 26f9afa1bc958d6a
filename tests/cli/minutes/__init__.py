"""Tests of commands: an account's minutes."""
