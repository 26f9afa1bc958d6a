"""Plans: what is offered, for how much, and for how long."""
