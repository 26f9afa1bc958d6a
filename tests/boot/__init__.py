"""Tests of what opens everything else."""
