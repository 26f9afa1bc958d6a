"""The relay between a real PostgreSQL and a real RabbitMQ."""
