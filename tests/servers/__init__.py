"""
Real servers for the tests.

`find` gives a PostgreSQL and a RabbitMQ from the environment, from Docker, or started
privately from programs on this machine. `postgres` and `rabbitmq` are the private ones;
failure tests use them directly, because only a private server may be killed.
"""
