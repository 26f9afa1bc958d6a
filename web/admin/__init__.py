"""Shown to operators: the admin pages."""
