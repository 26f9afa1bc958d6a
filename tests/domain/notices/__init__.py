"""Tests of the notices that are owed."""
