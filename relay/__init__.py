"""Moves: webhooks and outbox rows to RabbitMQ, dead letters to rows. Decides nothing."""
