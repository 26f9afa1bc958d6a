#!/bin/sh
# Makes sure that the tests can reach or start a RabbitMQ: one from AMQP_URL, one in Docker, or
# the program on this machine, which is installed here when we are root on Debian. With the word
# pgbouncer it does the same for PgBouncer's program. Otherwise it says in one sentence what to
# do and exits 1, so that no test is ever skipped in silence. With the word chromium it does the
# same for a browser, and with promtool for what checks the rules of alerts, but without one it
# exits 0: the tests that want one skip, and say why.
set -eu

program_is_here() {
    for folder in /usr/lib/rabbitmq/bin /opt/homebrew/sbin /usr/local/sbin; do
        [ ! -x "$folder/rabbitmq-server" ] || return 0
    done
    command -v rabbitmq-server >/dev/null
}

# Asks the engine through the library that testcontainers uses: a docker command, or a socket,
# may be there without any engine behind it.
docker_engine_answers() {
    "${PYTHON:-python3}" -c 'import docker; docker.from_env(timeout=5).ping()' >/dev/null 2>&1
}

may_install() {
    [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null
}

# The tests start nodes of their own, so the distribution's must not start: not now (Debian asks
# policy-rc.d; an existing one is the administrator's and stays), and not at the next boot.
install() {
    echo "Installing $1, the tests need a real one …" >&2
    log=$(mktemp)
    policy=
    trap 'rm -f "$log" $policy' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi

    export DEBIAN_FRONTEND=noninteractive
    if ! { apt-get update && apt-get -o DPkg::Lock::Timeout=120 install -y \
        --no-install-recommends "$@"; } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "apt-get could not install $1; its last words are above." >&2
        return 1
    fi
    if [ -d /run/systemd/system ]; then
        systemctl disable --quiet "$1" >/dev/null 2>&1 || true
    fi
}

if [ "${1:-}" = pgbouncer ]; then
    if [ -x /usr/sbin/pgbouncer ] || command -v pgbouncer >/dev/null; then
        exit 0
    fi
    if may_install; then
        install pgbouncer
        exit 0
    fi
    echo "The tests need PgBouncer's program: install it (Debian, Ubuntu: sudo apt-get install" \
        "pgbouncer; macOS: brew install pgbouncer)." >&2
    exit 1
fi
if [ "${1:-}" = chromium ]; then
    for program in chromium chromium-browser google-chrome; do
        ! command -v "$program" >/dev/null || exit 0
    done
    # With a font: without any, every letter has the same width.
    if may_install && install chromium fonts-dejavu-core; then
        exit 0
    fi
    echo "There is no Chromium here, so the tests of pages in a browser are skipped (Debian:" \
        "sudo apt-get install chromium)." >&2
    exit 0
fi
if [ "${1:-}" = promtool ]; then
    if command -v promtool >/dev/null; then
        exit 0
    fi
    # Debian has the tool in the server's package; the server is not started (policy-rc.d).
    if may_install && install prometheus; then
        exit 0
    fi
    echo "There is no promtool here, so the checks of alert rules are skipped (Debian:" \
        "sudo apt-get install prometheus)." >&2
    exit 0
fi
if [ -n "${AMQP_URL:-}" ] || program_is_here || docker_engine_answers; then
    exit 0
fi
if may_install; then
    install rabbitmq-server
    exit 0
fi
echo "The tests need a real RabbitMQ: install it (Debian, Ubuntu: sudo apt-get install" \
    "rabbitmq-server; macOS: brew install rabbitmq), or start Docker, or set AMQP_URL." >&2
exit 1
