"""Tests of the contracts: what is read, what is written, and what has ever been on the wire."""
