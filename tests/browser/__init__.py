"""Pages in a real browser: journeys, and what must hold of every page."""
