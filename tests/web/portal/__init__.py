"""Tests of the portal, over real HTTP on the loopback."""
