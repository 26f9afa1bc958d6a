#!/bin/sh
# Prints the definitions, in JSON, that RabbitMQ must have before anybody connects:
#   BILLING_AMQP_PASSWORD   password of user billing: our own processes, everything on vhost /
#   SCREPH_AMQP_PASSWORD    password of user screph: may publish to the exchange screph, no more
#   SALES_AMQP_PASSWORD     password of user screph-sales: may publish to the exchange screph.sales, no more
#   WEBHOOKS_AMQP_PASSWORD  password of user webhooks: may publish to the exchange screph.webhooks, no more
#   RABBITMQ_VERSION        decides the policies; the official image sets it, missing means 4.x
# Queues and bindings are declared by the processes that consume them.
set -eu

# In JSON and in amqp:// URLs these characters need no escaping, and others would surprise.
check() {
    case $2 in
    "" | *[!A-Za-z0-9._~-]*)
        echo "$1 must be set, to letters, digits and . _ ~ - only." >&2
        exit 1
        ;;
    esac
}
check BILLING_AMQP_PASSWORD "${BILLING_AMQP_PASSWORD:-}"
check SCREPH_AMQP_PASSWORD "${SCREPH_AMQP_PASSWORD:-}"
check SALES_AMQP_PASSWORD "${SALES_AMQP_PASSWORD:-}"
check WEBHOOKS_AMQP_PASSWORD "${WEBHOOKS_AMQP_PASSWORD:-}"

# Since 4.0 a quorum queue drops or dead-letters a message after 20 returns, and a closed
# connection counts as one: 20 restarts of a worker would be enough. A dead letter must survive
# any number of returns. Before 4.0 there is no such limit, and -1 would drop a message at its
# first return, so there is no policy either.
case ${RABBITMQ_VERSION:-4} in
[123].*) policies='' ;;
*) policies='
    {"vhost": "/", "name": "returns", "pattern": ".*", "apply-to": "quorum_queues",
     "priority": 0, "definition": {"delivery-limit": 100}},
    {"vhost": "/", "name": "returns-of-dead-letters", "pattern": "\\.XQ$",
     "apply-to": "quorum_queues", "priority": 1, "definition": {"delivery-limit": -1}}' ;;
esac

cat <<END
{
  "vhosts": [{"name": "/"}],
  "users": [
    {"name": "billing", "password": "$BILLING_AMQP_PASSWORD", "tags": "monitoring"},
    {"name": "screph", "password": "$SCREPH_AMQP_PASSWORD", "tags": ""},
    {"name": "screph-sales", "password": "$SALES_AMQP_PASSWORD", "tags": ""},
    {"name": "webhooks", "password": "$WEBHOOKS_AMQP_PASSWORD", "tags": ""}
  ],
  "permissions": [
    {"user": "billing", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "screph", "vhost": "/", "configure": "^$", "write": "^screph$", "read": "^$"},
    {"user": "screph-sales", "vhost": "/", "configure": "^$", "write": "^screph\\\\.sales$", "read": "^$"},
    {"user": "webhooks", "vhost": "/", "configure": "^$", "write": "^screph\\\\.webhooks$", "read": "^$"}
  ],
  "exchanges": [
    {"vhost": "/", "name": "screph", "type": "direct",
     "durable": true, "auto_delete": false, "internal": false, "arguments": {}},
    {"vhost": "/", "name": "screph.sales", "type": "direct",
     "durable": true, "auto_delete": false, "internal": false, "arguments": {}},
    {"vhost": "/", "name": "screph.webhooks", "type": "direct",
     "durable": true, "auto_delete": false, "internal": false, "arguments": {}},
    {"vhost": "/", "name": "screph.facts", "type": "topic",
     "durable": true, "auto_delete": false, "internal": false, "arguments": {}},
    {"vhost": "/", "name": "screph.internal", "type": "direct",
     "durable": true, "auto_delete": false, "internal": false, "arguments": {}}
  ],
  "policies": [$policies]
}
END
