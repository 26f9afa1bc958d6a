"""A newcomer starts everything twice."""

import socket
from tempfile import TemporaryDirectory

from tests.journeys.billing import Billing


def test_is_told_in_a_sentence_which_variable_names_another_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, TemporaryDirectory(prefix="billing-taken-") as folder:
        port = str(other.getsockname()[1])
        done = Billing({"EMBEDDED_DIR": folder, "WEB_API_PORT": "0", "WEB_PORTAL_PORT": port, "WEB_ADMIN_PORT": "0"})(
            "run"
        )

    assert done.returncode == 2
    assert "WEB_PORTAL_PORT names another port" in done.stderr
    assert "Traceback" not in done.stderr
