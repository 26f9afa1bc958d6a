#!/bin/sh
# Writes the definitions, then starts RabbitMQ as its image would. The file holds passwords: it
# lies in memory, readable by RabbitMQ's user alone.
set -eu
umask 077
sh /etc/billing/definitions.sh >/run/billing/definitions.json
umask 022
exec docker-entrypoint.sh "$@"
