"""Carries: everything that knows RabbitMQ and how Dramatiq speaks to it."""
