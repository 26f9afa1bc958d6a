"""`billing notices preview`: a notice as files, to look at."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from domain.notices.notice import NoticeKind
from tests.journeys.billing import Billing

PORTAL = "https://pay.screph.example"


@pytest.fixture
def billing() -> Billing:
    """The commands, with no server: a preview needs none."""
    return Billing({"PORTAL_URL": PORTAL})


class TestPreview:
    def test_writes_html_text_and_mail_of_a_sample_and_says_where(self, billing: Billing, tmp_path: Path) -> None:
        shown = billing.json("notices", "preview", "low_balance", "--locale", "ru", "--out", str(tmp_path))

        html, text, eml = (Path(file) for file in shown["files"])
        assert [file.name for file in (html, text, eml)] == [f"low_balance.ru.{end}" for end in ("html", "txt", "eml")]
        assert shown["subject"] == "В Screph осталось 9\u00a0мин"
        assert "<html" in html.read_text(encoding="utf-8")
        assert f"Купить минуты: {PORTAL}/buy" in text.read_text(encoding="utf-8")
        mail = message_from_bytes(eml.read_bytes(), policy=policy.default)
        assert mail["Subject"] == shown["subject"]
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]

    def test_makes_a_folder_where_none_is_named(self, tmp_path: Path) -> None:
        temporary = Billing({"PORTAL_URL": PORTAL, "TMPDIR": str(tmp_path)})

        done = temporary("notices", "preview", "refund")

        assert done.returncode == 0
        [folder] = tmp_path.glob("billing-notices-*")
        assert {file.name for file in folder.iterdir()} == {f"refund.en.{end}" for end in ("html", "txt", "eml")}
        assert all(str(file) in done.stdout for file in folder.iterdir())

    def test_shows_what_a_file_says(self, billing: Billing, tmp_path: Path) -> None:
        data = tmp_path / "data.json"
        data.write_text('{"available_seconds": 125, "threshold_seconds": 300}')

        shown = billing.json("notices", "preview", "low_balance", "--data", str(data), "--out", str(tmp_path))

        assert shown["subject"] == "2\u00a0min left in Screph"

    @pytest.mark.parametrize(
        ("written", "sentence"),
        [
            ('{"threshold_seconds": 300}', "available_seconds"),
            ('{"available_seconds": "many", "threshold_seconds": 300}', "available_seconds"),
            ("[]", "is no object"),
            ("{", "is not JSON"),
        ],
    )
    def test_names_what_is_wrong_in_a_file(self, billing: Billing, tmp_path: Path, written: str, sentence: str) -> None:
        data = tmp_path / "data.json"
        data.write_text(written)

        done = billing("notices", "preview", "low_balance", "--data", str(data), "--out", str(tmp_path))

        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert list(tmp_path.glob("low_balance.*")) == []

    @pytest.mark.parametrize("folder", ["", "missing", "data.json"])
    def test_refuses_a_folder_that_is_none(self, billing: Billing, tmp_path: Path, folder: str) -> None:
        (tmp_path / "data.json").write_text("{}")

        done = billing("notices", "preview", "refund", "--out", folder and str(tmp_path / folder))

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("billing: --out")

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--zone", "Europe/Moskow"), "billing: --zone: Europe/Moskow is not known; time zones have names of IANA"),
            (("--zone", "../etc/passwd"), "billing: --zone: "),
            (("--locale", "xx"), "billing: --locale: xx is not known; notices speak de, en, es, ru"),
            (("--locale", "ru-XX"), "billing: --locale: ru-XX is not known"),
            (("--locale", ""), "billing: --locale: "),
        ],
        ids=lambda value: value if isinstance(value, str) else " ".join(value),
    )
    def test_refuses_a_language_or_a_zone_that_is_none(
        self, billing: Billing, tmp_path: Path, words: tuple[str, str], sentence: str
    ) -> None:
        done = billing("notices", "preview", "low_balance", *words, "--out", str(tmp_path))

        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert list(tmp_path.glob("low_balance.*")) == []

    @pytest.mark.parametrize("locale", ["de_AT", "en-US", "en", "es-419", "ru-ru"])
    def test_takes_a_language_with_and_without_a_country(self, billing: Billing, tmp_path: Path, locale: str) -> None:
        done = billing("notices", "preview", "low_balance", "--locale", locale, "--out", str(tmp_path))

        assert done.returncode == 0, done.stderr

    def test_knows_every_kind(self, billing: Billing) -> None:
        done = billing("notices", "preview", "nonsense")

        assert done.returncode == 2
        assert all(kind in "".join(done.stderr.replace("│", "").split()) for kind in NoticeKind)

    def test_has_a_link_to_unsubscribe_unless_it_is_a_receipt(self, billing: Billing, tmp_path: Path) -> None:
        for kind in (NoticeKind.LOW_BALANCE, NoticeKind.RENEWED):
            shown = billing.json("notices", "preview", kind, "--out", str(tmp_path))

            mail = message_from_bytes(Path(shown["files"][2]).read_bytes(), policy=policy.default)
            assert (mail["List-Unsubscribe"] is None) is (kind.is_receipt or kind.is_asked_for)
