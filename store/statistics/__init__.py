"""Figures about the whole: how the business goes, and how the installation does."""
