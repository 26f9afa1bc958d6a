"""The first schema, by capability; never changed after the first release."""
