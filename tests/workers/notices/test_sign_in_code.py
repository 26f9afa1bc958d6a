"""The mail with a code to sign in: at any hour, whatever is switched off, by mail alone, and never too late."""

from datetime import timedelta

from domain.notices.access_content import SignInCode
from domain.notices.notice import NoticeKind
from tests.workers.events import NOW
from tests.workers.notices.harness import NoticesHarness

CODE = SignInCode("048213", NOW + timedelta(minutes=10))


class TestSignInCode:
    def test_goes_out_in_quiet_hours_although_all_mails_are_switched_off(self, harness: NoticesHarness) -> None:
        harness.execute("UPDATE account SET quiet_from = '11:30', quiet_until = '12:30' WHERE id = :account")
        harness.execute(
            "INSERT INTO notice_preference (account, kind, channel, is_wanted, changed_at)"
            " SELECT number, 'all', 'mail', false, now() FROM account WHERE id = :account"
        )

        harness.owe(NoticeKind.SIGN_IN_CODE, CODE)

        assert harness.states() == [("sign_in_code", "sent")]
        [mail] = harness.mail.received
        assert "048213" in str(mail.mail["Subject"])
        assert mail.mail["List-Unsubscribe"] is None

    def test_goes_to_no_browser(self, harness: NoticesHarness) -> None:
        browser = harness.subscribe()

        harness.owe(NoticeKind.SIGN_IN_CODE, CODE)

        assert [row["channel"] for row in harness.deliveries()] == ["mail"]
        assert browser.received == []

    def test_that_is_over_is_not_sent(self, harness: NoticesHarness) -> None:
        harness.now = CODE.expires_at

        harness.owe(NoticeKind.SIGN_IN_CODE, CODE)

        assert harness.states() == [("sign_in_code", "dropped")]
        assert harness.mail.received == []
