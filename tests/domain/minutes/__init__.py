"""Tests of minutes: burning, debt, granting, expiry, reversal, balance and the invariants."""
