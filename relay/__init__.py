"""Moves: rows to RabbitMQ, and dead letters to rows. Decides nothing."""
