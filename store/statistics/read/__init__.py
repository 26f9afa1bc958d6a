"""Read models of figures."""
