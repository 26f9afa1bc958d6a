"""The parts of the schema's second step, each a capability's: what time does."""
