"""Commands, by capability."""
