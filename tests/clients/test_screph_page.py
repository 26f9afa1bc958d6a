"""The code of docs/screph.md: it is run, with windows that nobody sees where PySide6 is there."""

import ast
import os
import re
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import pytest
from screph_billing_client import Balance

from domain.access.scope import TokenKind
from tests.servers.waiting import wait_until
from tests.workers.events import usage
from tests.workers.payments.harness import PaymentHarness
from workers.access.token import WantedToken, create_token

REPOSITORY = Path(__file__).parents[2]

WINDOWS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
import screph_windows as windows
from screph_minutes import Minutes

app = QApplication([])
opened = []
windows.QDesktopServices = type("Browser", (), {"openUrl": staticmethod(lambda url: opened.append(url.toString()))})
minutes = Minutes(sys.argv[1], address=sys.argv[2])
widget = windows.BalanceWidget(minutes)
widget.show()
dialog = windows.PurchaseDialog(minutes, widget)
dialog.open()

def look():
    if dialog.products and not opened and dialog.state.text() == "":
        dialog.pay()
    if opened and "10" in widget.label.text():
        print(widget.label.text(), opened[0])
        app.quit()

timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
QTimer.singleShot(20_000, app.quit)
app.exec()
"""


def modules() -> dict[str, str]:
    """The modules of the page, by their names."""
    page = (REPOSITORY / "docs" / "screph.md").read_text(encoding="utf-8")
    return dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", page, re.DOTALL))


@pytest.fixture
def token(harness: PaymentHarness) -> str:
    """A token of the user's program."""
    return create_token(harness.context, WantedToken(TokenKind.USER, harness.account)).text


@pytest.fixture
def minutes_module() -> types.ModuleType:
    """The part that needs no windows."""
    module = types.ModuleType("screph_minutes")
    exec(compile(modules()["screph_minutes"], "docs/screph.md", "exec"), module.__dict__)
    return module


class TestTheCode:
    @pytest.mark.parametrize("name", ["screph_minutes", "screph_windows"])
    def test_can_be_read(self, name: str) -> None:
        assert ast.parse(modules()[name]).body

    def test_follows_offers_and_buys(
        self, minutes_module: types.ModuleType, token: str, api_url: str, harness: PaymentHarness
    ) -> None:
        minutes, heard = minutes_module.Minutes(token, address=api_url), []
        minutes.follow(heard.append, heard.append)
        wait_until(lambda: len(heard) == 1, "the balance comes", limit_s=10)

        [product, *_] = minutes.offers()
        first, second = minutes.buy(product, "wish-1"), minutes.buy(product, "wish-1")
        harness.minutes.apply(usage(harness.account, 60))

        assert first.id == second.id
        wait_until(lambda: len(heard) == 2, "the change comes", limit_s=20)
        assert [minutes_module.words_for(one)[0] for one in heard] == ["Осталось 10 мин", "Осталось 9 мин"]

    @pytest.mark.parametrize(
        ("seconds", "level", "text", "colour"),
        [
            (18_720, "good", "5 ч 12 мин", "#16703f"),
            (600, "low", "10 мин", "#9a5b00"),
            (0, "critical", "0 мин", "#b3261e"),
        ],
    )
    def test_says_a_balance_by_word_and_colour(
        self, minutes_module: types.ModuleType, seconds: int, level: str, text: str, colour: str
    ) -> None:
        balance = Balance(1, seconds, 0, level, None, 0)

        assert minutes_module.words_for(balance) == (f"Осталось {text}", colour)
        assert minutes_module.words_for(None)[0] == "Баланс неизвестен"

    @pytest.mark.skipif(find_spec("PySide6") is None, reason="PySide6 is not installed")
    def test_shows_windows(self, token: str, api_url: str, tmp_path: Path) -> None:
        for name, code in modules().items():
            (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        (tmp_path / "shown.py").write_text(WINDOWS, encoding="utf-8")
        paths = os.pathsep.join([str(tmp_path), str(REPOSITORY / "clients" / "python"), *sys.path[1:]])
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": paths}

        ended = subprocess.run(
            [sys.executable, "shown.py", token, api_url],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.startswith("Осталось 10 мин http")
