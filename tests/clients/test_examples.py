"""The examples of the client's README and of the first page: they are run, against the real API."""

import re
from pathlib import Path

import pytest

from domain.access.scope import TokenKind
from tests.workers.payments.harness import PaymentHarness
from workers.access.token import WantedToken, create_token

REPOSITORY = Path(__file__).parents[2]


def example(file: str, *, number: int = 0, of: str = "screph_billing_client") -> str:
    """An example of a page, without the loop that would never end."""
    blocks = re.findall(r"```python\n(.*?)```", (REPOSITORY / file).read_text(encoding="utf-8"), re.DOTALL)
    code = [block for block in blocks if of in block][number]
    return code.split("    for balance in account.balances()")[0].split("    print(account.wait_for_payment")[0]


class TestExamples:
    @pytest.mark.parametrize("file", ["README.md", "clients/python/README.md"])
    def test_of_a_buyer_says_what_is_left_and_where_to_pay(
        self, file: str, api_url: str, harness: PaymentHarness, capsys: pytest.CaptureFixture[str]
    ) -> None:
        token = create_token(harness.context, WantedToken(TokenKind.USER, harness.account)).text
        code = example(file).replace("scr_u_…", token)
        code = re.sub(r'address="[^"]+"', f'address="{api_url}"', code)

        exec(compile(code, file, "exec"), {})

        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "10"
        assert lines[1].startswith("pay at http")

    def test_of_a_server_keeps_usage_and_sends_it(
        self,
        server_token: str,
        api_url: str,
        harness: PaymentHarness,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        code = example("clients/python/README.md", number=1).replace("scr_s_…", server_token)
        code = code.replace("u-4711", harness.account).replace("/var/lib/screph", str(tmp_path))
        code = re.sub(r'address="[^"]+"', f'address="{api_url}"', code)

        exec(compile(code, "README.md", "exec"), {})

        assert capsys.readouterr().out.strip() in ("600", "570")
