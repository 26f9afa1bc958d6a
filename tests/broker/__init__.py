"""The broker room against a real RabbitMQ: what BROKER.md calls L1 to L10, each named for what it protects."""
