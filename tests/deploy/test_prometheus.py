"""What deploy/ gives Prometheus and Grafana: promtool takes it, and every metric in it is one that the product has."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

import asgi.request_metrics
import workers.measures
from cli.commands.metrics import figure_names

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
