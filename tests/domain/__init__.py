"""Tests of what the domain decides: no fixtures, no mocks."""
