"""What deploy/ gives Prometheus and Grafana: promtool takes it, and every metric in it is one that the product has."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import REGISTRY

import asgi.request_metrics
import workers.measures
from cli.commands.metrics import figure_names
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
COUNTED_BY = (asgi.request_metrics, workers.measures)
"""Imported, so that what they count is registered."""


def promtool(*words: str) -> str:
    """Run promtool and return what it said; it must agree."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not here: install Debian's package prometheus")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expressions() -> list[str]:
    """Every expression of the rules and of the dashboard."""
    groups = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text(encoding="utf-8"))["groups"]
    dashboard = json.loads((DEPLOY / "grafana" / "billing.json").read_text(encoding="utf-8"))
    targets = [target for panel in dashboard["panels"] for target in panel.get("targets", ())]
    return [rule["expr"] for group in groups for rule in group["rules"]] + [target["expr"] for target in targets]


def counted() -> set[str]:
    """The names of all time series that processes and the exporter have."""
    names = set(figure_names())
    for family in REGISTRY.collect():
        if family.type == "histogram":
            names |= {f"{family.name}_{suffix}" for suffix in ("bucket", "sum", "count")}
        names.add(f"{family.name}_total" if family.type == "counter" else family.name)
    return names


class TestRules:
    def test_are_such_as_prometheus_takes(self) -> None:
        assert "SUCCESS" in promtool("check", "rules", str(PROMETHEUS / "rules.yaml"))

    def test_alert_of_what_is_wrong_and_of_nothing_else(self) -> None:
        assert "SUCCESS" in promtool("test", "rules", str(PROMETHEUS / "rules_test.yaml"))

    def test_are_in_a_configuration_that_prometheus_takes(self) -> None:
        assert "SUCCESS" in promtool("check", "config", str(PROMETHEUS / "prometheus.yaml"))

    def test_name_no_metric_that_there_is_not(self) -> None:
        named = {name for expression in expressions() for name in re.findall(r"\bbilling_\w+", expression)}

        assert len(named) > 15
        assert named - counted() == set()

    def test_alert_of_each_figure_that_should_be_none(self) -> None:
        rules = (PROMETHEUS / "rules.yaml").read_text(encoding="utf-8")

        assert [name for name in ("outbox", "dead_letters", "reconciliation_difference") if name not in rules] == []


class TestWhatPrometheusMakesOfThem:
    def test_is_what_they_are_written_for(self, tmp_path: Path) -> None:
        """Prometheus gives series labels of its own and calls ours otherwise where they have the same names."""
        with scraped(tmp_path) as prometheus:
            wait_until(lambda: prometheus.has_asked, "every rule was asked once", limit_s=60)
            rules, labels = prometheus.rules(), prometheus.get("labels")

        assert {rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"} == {}
        assert [label for label in labels if label.startswith("exported_")] == []
        # What is not to be alarmed about is left out by the label of the product, not by one of Prometheus'.
        [due] = [rule for rule in rules if rule["name"] == "BillingDueOld"]
        assert [alert["labels"]["job_name"] for alert in due["alerts"]] == ["send-notices"]


SERIES = (
    'billing_job_last_run_age_seconds{job_name="audit"} 100',
    'billing_job_last_run_age_seconds{job_name="expiry-sweep"} 9999',
    'billing_job_interval_seconds{job_name="audit"} 86400',
    'billing_job_interval_seconds{job_name="expiry-sweep"} 60',
    'billing_job_last_run_failed{job_name="audit"} 1',
    'billing_due_oldest_age_seconds{job_name="poll-open-payments"} 9999',
    'billing_due_oldest_age_seconds{job_name="send-notices"} 9999',
    'billing_dead_letters{queue="webhook",code="Malformed"} 2',
    "billing_exporter_up 1",
)
"""Of the exporter, as tests/cli/test_metrics.py gets them."""


class Prometheus:
    """A Prometheus that reads what a test says."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, what: str) -> Any:
        """Return what its API says."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/api/v1/{what}", timeout=10, trust_env=False)
        return answer.raise_for_status().json()["data"]

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule with how it does."""
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    @property
    def has_asked(self) -> bool:
        """Tell whether series are there, and rules were asked after that."""
        try:
            pending = [
                rule["state"] for rule in self.rules() if rule["name"] in ("BillingDeadLetters", "BillingJobFailed")
            ]
        except httpx.HTTPError:
            return False
        return pending == ["pending", "pending"]


@contextmanager
def scraped(folder: Path) -> Iterator[Prometheus]:
    """Let a Prometheus read SERIES, as prometheus.yaml makes it read the exporter."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not here: install Debian's package prometheus")
    port, exporter = ReservedPort(), ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yaml").read_text(encoding="utf-8"))
    [tables] = [each for each in configuration["scrape_configs"] if each["job_name"] == "billing-tables"]
    tables["static_configs"] = [{"targets": [f"127.0.0.1:{exporter.server_port}"]}]
    quick = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    rules = [str(PROMETHEUS / "rules.yaml")]
    written = {"global": quick, "rule_files": rules, "scrape_configs": [tables]}
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    port.release()
    options = [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port.number}"]
    process = subprocess.Popen(
        [program, f"--config.file={folder / 'prometheus.yaml'}", *options], stderr=subprocess.DEVNULL
    )
    try:
        yield Prometheus(port.number)
    finally:
        process.kill()
        process.wait()
        exporter.shutdown()
        exporter.server_close()


class Exporter(BaseHTTPRequestHandler):
    """Serves SERIES."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(("\n".join(SERIES) + "\n").encode())

    def log_message(self, *_: object) -> None:
        pass


class TestTheDashboard:
    def test_asks_only_what_prometheus_understands(self, tmp_path: Path) -> None:
        rules = {
            "groups": [
                {
                    "name": "dashboard",
                    "rules": [
                        {"record": f"panel_{number}", "expr": expression.replace("$__rate_interval", "5m")}
                        for number, expression in enumerate(expressions())
                    ],
                }
            ]
        }
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")

        assert "SUCCESS" in promtool("check", "rules", str(tmp_path / "rules.yaml"))

    def test_says_of_each_panel_where_it_stands(self) -> None:
        panels = json.loads((DEPLOY / "grafana" / "billing.json").read_text(encoding="utf-8"))["panels"]

        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

        assert len(set(places)) == len(places)
        assert all(panel["title"] for panel in panels)
