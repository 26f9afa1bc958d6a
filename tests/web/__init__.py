"""Tests of what buyers, engineers and operators see."""
