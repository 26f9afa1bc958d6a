"""Doubles of the gateways: stateful servers that behave, and misbehave, as the real ones do."""
