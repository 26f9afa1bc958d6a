"""What must hold of a page that a browser has open."""

import gzip
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe

from tests.browser.visiting import Visitor

MAX_BYTES = 30_000
"""Of a page of the portal with its styles and scripts, compressed and without images."""

AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""Every rule that is no experiment, and the size of what one presses, which WCAG 2.2 brought."""


class Checks:
    """Looks at pages; `max_bytes` is what one may weigh."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._weights: dict[str, int] = {}

    def wrong_with(self, visitor: Visitor, html: bytes, language: str) -> list[str]:
        """Return what is wrong with the page that a visitor has open; `html` is what the server has answered."""
        wrong = [f"{rule['id']}: {_targets(rule)}" for rule in _violations(visitor)]
        spoken, sideways = visitor.page.evaluate(
            "[document.documentElement.lang, document.documentElement.scrollWidth - document.documentElement.clientWidth]"
        )
        if spoken != language:
            wrong.append(f"it speaks {spoken}")
        if sideways > 0:
            wrong.append(f"it scrolls sideways by {sideways} pixels")
        if (weight := self._weight(visitor, html)) > self.max_bytes:
            wrong.append(f"it weighs {weight} bytes")
        return wrong + visitor.faults

    def _weight(self, visitor: Visitor, html: bytes) -> int:
        names = set(visitor.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)"))
        for name in {name for name in names if name.endswith((".css", ".js"))} - self._weights.keys():
            self._weights[name] = len(gzip.compress(httpx.get(name, trust_env=False).content))
        return len(gzip.compress(html)) + sum(self._weights.get(name, 0) for name in names)


def _violations(visitor: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Axe().run(visitor.page, options=AXE_OPTIONS).response["violations"]
    return found


def _targets(rule: dict[str, Any]) -> str:
    return "; ".join(
        f"{node['target']} {node['html'][:120]} {node['failureSummary'][:300]}" for node in rule["nodes"][:3]
    )
