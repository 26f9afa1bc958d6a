"""The folder of a private RabbitMQ node: its settings, its secret, its environment."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_RUN_LIMIT_S = 60
_AT_START = Path(__file__).with_name("dead_letter_workers.eval")


@dataclass(frozen=True, slots=True)
class RabbitFolder:
    """Where a node keeps everything, so that it neither reads nor writes anything elsewhere."""

    root: Path
    node_name: str
    amqp_port: int
    distribution_port: int
    epmd_port: int

    @property
    def log(self) -> Path:
        """What the node says on its output; its own log lies beside it."""
        return self.root / "output.log"

    def write(self, settings: Mapping[str, str], *, secret: str, management_port: int | None) -> None:
        """
        Write the files that a node reads at start.

        Args:
            settings: lines of `rabbitmq.conf` that win over the usual ones.
            secret: Erlang's cookie.
            management_port: where the HTTP API listens; None for no API.
        """
        cookie = self.root / ".erlang.cookie"
        cookie.write_text(secret)
        cookie.chmod(0o400)  # Erlang refuses a secret that others may read
        lines = {
            "listeners.tcp.1": f"127.0.0.1:{self.amqp_port}",
            "log.console": "false",
            "disk_free_limit.absolute": "50MB",
            "vm_memory_high_watermark.absolute": "1GB",
        }
        plugins = ""
        if management_port is not None:
            plugins = "rabbitmq_management"
            lines["management.tcp.ip"] = "127.0.0.1"
            lines["management.tcp.port"] = str(management_port)
        lines |= settings
        text = "".join(f"{key} = {value}\n" for key, value in lines.items())
        (self.root / "rabbitmq.conf").write_text(text)
        (self.root / "advanced.config").write_text("[].\n")
        (self.root / "enabled_plugins").write_text(f"[{plugins}].\n")
        # A copy, since the path of the checkout may have blanks, which the node's script takes for an end.
        shutil.copy(_AT_START, self.root)
        # Present but empty, so that none of the machine's own settings are read instead.
        (self.root / "rabbitmq-env.conf").touch()
        (self.root / "conf.d").mkdir()

    def launch(self, program: Path) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C does not reach it."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [program],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.root,
                env=self._environment(),
                start_new_session=True,
            )

    def run(self, program: Path, *arguments: str, given: str = "") -> str:
        """Run a program to its end and return what it said; `given` is its input. Failing raises."""
        done = subprocess.run(
            [program, *arguments],
            check=True,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_RUN_LIMIT_S,
            cwd=self.root,
            env=self._environment(),
        )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """Return the environment for the node and for its commands."""
        foreign = ("RABBITMQ_", "ERL_", "NOTIFY_SOCKET")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        # Without a port mapper of its own making: Erlang's would be a daemon that stays.
        at_home = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
        return inherited | {
            "HOME": str(self.root),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONFIG_FILE": str(self.root / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(self.root / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.root / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.root / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.root / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.root / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(self.root / "schema"),
            "RABBITMQ_MNESIA_BASE": str(self.root / "data"),
            "RABBITMQ_LOG_BASE": str(self.root / "log"),
            "RABBITMQ_PID_FILE": str(self.root / "pid"),
            # Two schedulers are plenty, and on a large machine much faster to start.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f'+S 2:2 {at_home} -eval file:eval("{self.root / _AT_START.name}")',
            # With input allowed the script becomes the node instead of watching over it, so
            # the pid we know is the node's; -noinput then takes the input away again.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
            # Commands listen, too: on the loopback, on any free port rather than one of eleven.
            "RABBITMQ_CTL_ERL_ARGS": at_home,
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        }
