"""Tests of the provider of identities, as the product asks it."""
