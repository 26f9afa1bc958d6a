"""Gateways: one folder for each, and nothing outside a folder knows it by name. README.md says more."""
