"""Gateways: what speaks to each of them, one folder each; delete a folder and nothing else notices."""
