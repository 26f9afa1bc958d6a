"""Serves: what every HTTP endpoint needs, whatever it is for."""
