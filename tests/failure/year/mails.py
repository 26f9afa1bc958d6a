"""What people were told in a year: whatever counts as sent lies in the folder of mails, and nothing that is due waits."""

from email.parser import BytesHeaderParser
from pathlib import Path

from tests.failure.year.records import Records

_SENT = "SELECT message_id FROM notice_delivery WHERE channel = 'mail' AND state = 'sent'"
_WAITING = "SELECT id, kind, due_at FROM notice WHERE state = 'waiting' AND due_at < (SELECT max(slot) FROM due_run)"
_FAILED = "SELECT id, kind, reason FROM notice WHERE state = 'failed'"


def mail_differences(records: Records, folder: Path) -> list[str]:
    """
    Say what differs between the notices and the mails that were written.

    Args:
        records: of the product.
        folder: of its mails; it takes every mail, so none may fail or wait.
    """
    headers = BytesHeaderParser()
    written = {headers.parsebytes(file.read_bytes())["Message-ID"].strip() for file in folder.glob("*.eml")}
    sent = {row["message_id"] for row in records.rows(_SENT)}
    found = [f"nobody was told: {one}" for one in sorted(sent - written)]
    found += [] if sent else ["no mail was sent at all"]
    found += [f"waits, and is due: {row}" for row in records.rows(_WAITING)]
    return found + [f"not sent: {row}" for row in records.rows(_FAILED)]
