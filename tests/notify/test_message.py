"""The mail of a notice: addressed, named and unsubscribable, whatever stands in its fields."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from notify.errors import AddressGone
from notify.mail import MailFolder
from notify.message import Envelope, Sender, build_mail, wire_address
from notify.render import Rendered

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENDER = Sender("Screph <screph@mail.example>")
WORDS = Rendered("Receipt", "300 minutes", "You have paid.", "<p>You have paid.</p>", "https://portal.example/buy")


class TestMail:
    def test_unsubscribes_with_one_click(self) -> None:
        url = "https://portal.example/unsubscribe/abc"

        mail = build_mail(SENDER, Envelope("ann@mail.example", "<1@x>", AT, url), WORDS)

        assert mail["List-Unsubscribe"] == f"<{url}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_of_a_receipt_has_no_such_link(self) -> None:
        mail = build_mail(SENDER, Envelope("ann@mail.example", "<1@x>", AT), WORDS)

        assert mail["List-Unsubscribe"] is None

    def test_with_a_long_link_keeps_it_whole(self) -> None:
        url = "https://portal.example/unsubscribe/" + "A1-_" * 60

        mail = build_mail(SENDER, Envelope("ann@mail.example", "<1@x>", AT, url), WORDS)

        read = message_from_bytes(mail.as_bytes(), policy=default)
        assert "".join(str(read["List-Unsubscribe"]).split()) == f"<{url}>"

    @pytest.mark.parametrize(
        "to", ["ann", "ann@", "@mail.example", "a,b@mail.example", "a b@mail.example", "a@b\r\nBcc: c@d", "a@[1"]
    )
    def test_to_nobody_is_not_written(self, to: str) -> None:
        with pytest.raises(AddressGone, match="no mail address"):
            build_mail(SENDER, Envelope(to, "<1@x>", AT), WORDS)

    @pytest.mark.parametrize(
        ("address", "written"),
        [
            ("ann@mail.example", "ann@mail.example"),
            ("ann@почта.example", "ann@xn--80a1acny.example"),
            ("аня@mail.example", "аня@mail.example"),
            ("ann", "ann"),
        ],
    )
    def test_to_a_domain_in_other_letters_has_its_name_in_the_network(self, address: str, written: str) -> None:
        assert wire_address(address) == written

    @pytest.mark.parametrize("address", ["ann@почта..example", f"ann@{'п' * 80}.example"])
    def test_to_a_domain_that_no_network_has_is_not_written(self, address: str) -> None:
        with pytest.raises(AddressGone, match="no mail address"):
            wire_address(address)

    def test_with_a_subject_of_two_lines_is_not_written(self) -> None:
        words = Rendered("Receipt\r\nBcc: everybody@mail.example", "", "text", "html", "")

        with pytest.raises(ValueError, match="linefeed"):
            build_mail(SENDER, Envelope("ann@mail.example", "<1@x>", AT), words)

    @pytest.mark.parametrize(
        ("address", "host"),
        [("Screph <a@mail.example>", "mail.example"), ("a@b.example", "b.example"), ("", "localhost")],
    )
    def test_is_named_by_the_host_of_its_sender(self, address: str, host: str) -> None:
        assert Sender(address).host == host


class TestMailFolder:
    def test_has_a_file_for_each_mail_and_one_for_a_repeat(self, tmp_path: Path) -> None:
        folder = tmp_path / "mails"
        mails = [
            build_mail(SENDER, Envelope("ann@mail.example", message_id, AT), WORDS) for message_id in ("<1@x>", "<2@x>")
        ]

        with MailFolder(folder).open() as session:
            for mail in [*mails, mails[0]]:
                session.send(mail, to="ann@mail.example")

        files = sorted(folder.iterdir())
        assert len(files) == 2
        assert all(file.name.startswith("20261123-120000-ann@mail.example-") for file in files)
        read = message_from_bytes(files[0].read_bytes(), policy=default)
        assert read["Subject"] == "Receipt"

    def test_is_not_left_by_an_address_with_slashes(self, tmp_path: Path) -> None:
        mail = build_mail(SENDER, Envelope("ann@mail.example", "<1@x>", AT), WORDS)

        with MailFolder(tmp_path / "mails").open() as session:
            session.send(mail, to="../../ann@mail.example")

        [file] = (tmp_path / "mails").iterdir()
        assert file.suffix == ".eml"
