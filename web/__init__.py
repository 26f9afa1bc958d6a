"""Shows: HTTP for Screph's programs and for programmers."""
