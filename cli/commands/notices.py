"""`billing notices …`: what accounts hear of, what became of it, and how it looks."""

import dataclasses
import json
import tempfile
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer
from rich.markup import escape

from boot.channels import open_push
from boot.settings import UnableToStart, load_settings
from cli.context import open_wiring
from cli.output import AsJson, moment, out, print_json, print_table
from domain.notices.delivery import NoticeState
from domain.notices.json_form import UnableToReadNotice, content_of
from domain.notices.notice import NoticeContent, NoticeKind
from i18n.language import LANGUAGES, choose_locale
from notify.message import Envelope, Sender, build_mail
from notify.render import Links, Rendered, UnableToRender, render
from notify.samples import NOW, sample
from store.notices.read import NoticePage, list_notices, notice_page
from store.reading import reading
from workers.actors import open_context
from workers.notices.resend import resend

app = typer.Typer(help="What accounts hear of, and how it looks.", no_args_is_help=True)


NoticeNumber = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="As `notices list` shows it.")]


class UnableToPreview(ValueError):
    """A notice cannot be shown; the sentence says why."""


@app.command("list")
def list_command(
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    state: Annotated[NoticeState | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the page before: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List notices, the newest first; `notices show` has what each is about and its deliveries."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = list_notices(session, account_id=account, state=state, limit=limit, cursor=cursor)
    if as_json:
        print_json({"notices": [dataclasses.asdict(line) for line in page.lines], "next_cursor": page.next_cursor})
        return
    print_table(
        f"Notices: {len(page.lines)}",
        ("no", "owed", "account", "kind", "state", "why"),
        (
            (
                line.id,
                moment(line.owed_at)[:16],
                escape(line.account_id),
                line.kind,
                line.state if line.state is not NoticeState.WAITING else f"waits until {moment(line.due_at)[:16]}",
                escape(line.reason or ""),
            )
            for line in page.lines
        ),
        right="no",
    )
    if page.next_cursor is not None:
        out.print(f"more: --cursor {page.next_cursor}", markup=False, soft_wrap=True)


@app.command()
def show(notice: NoticeNumber, as_json: AsJson = False) -> None:
    """Show a notice with what it says and its deliveries."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        page = notice_page(session, notice)
    if as_json:
        print_json(dataclasses.asdict(page))
        return
    _print_page(page)


@app.command("resend")
def resend_command(notice: NoticeNumber, as_json: AsJson = False) -> None:
    """Send a notice once more, whatever became of it; it goes out within a minute, unless its reason is gone."""
    with open_wiring() as wiring:
        resend(open_context(wiring, with_gateways=False), notice)
    if as_json:
        print_json({"id": notice, "state": NoticeState.WAITING})
        return
    out.print(f"notice {notice} waits and goes out with the next tick")


@app.command("push-key")
def push_key() -> None:
    """Print the public key of web push, the `applicationServerKey` that a page subscribes a browser with."""
    push = open_push(load_settings(with_database=False))
    if push is None:
        raise UnableToStart("VAPID_PRIVATE_KEY is empty: web push is not set up; the runbook says how to make a key")
    out.print(push.public_key, markup=False, soft_wrap=True)


@app.command()
def preview(
    kind: Annotated[NoticeKind, typer.Argument(help="Which notice.")],
    locale: Annotated[str, typer.Option(help="The account's language tag, such as ru or en-US.")] = "en",
    zone: Annotated[str, typer.Option(help="The account's time zone.")] = "Europe/Moscow",
    data: Annotated[Path | None, typer.Option(help="A JSON object with what it says; a sample if left out.")] = None,
    folder: Annotated[str | None, typer.Option("--out", help="A folder that exists; a new one if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a notice as .html, .txt and .eml, to look at; nothing is sent."""
    _check_words(locale, zone)
    language = choose_locale(locale).language
    content = sample(kind, language) if data is None else read_content(kind, data)
    portal = load_settings(with_database=False).portal_url
    links = Links(portal, None if kind.is_receipt or kind.is_asked_for else f"{portal}/unsubscribe/preview")
    try:
        rendered = render(kind, locale, zone, content, links)
    except UnableToRender as error:
        raise UnableToPreview(str(error)) from error
    files = write_preview(rendered, links, folder, f"{kind}.{language}")
    if as_json:
        print_json({"subject": rendered.subject, "preheader": rendered.preheader, "files": [str(f) for f in files]})
        return
    out.print(rendered.subject, markup=False)
    out.print(rendered.preheader, markup=False)
    for file in files:
        out.print(str(file), markup=False, soft_wrap=True)


def _check_words(locale: str, zone: str) -> None:
    """
    Refuse a language or a time zone that nobody knows; an account with such a one gets English, or UTC.

    Raises:
        UnableToPreview: with what there is.
    """
    known = choose_locale(locale)
    wanted = locale.replace("-", "_")
    is_known = wanted.split("_")[0].lower() in LANGUAGES
    if not is_known or ("_" in wanted and str(known).lower() != wanted.lower()):
        spoken = ", ".join(LANGUAGES)
        raise UnableToPreview(
            f"--locale: {locale} is not known; notices speak {spoken}, also with a country, as in en-US"
        )
    zones = available_timezones()
    if zone not in zones:
        near = get_close_matches(zone, zones, n=3) or ["Europe/Moscow", "Asia/Novosibirsk", "UTC"]
        raise UnableToPreview(f"--zone: {zone} is not known; time zones have names of IANA, such as {', '.join(near)}")


def read_content(kind: NoticeKind, file: Path) -> NoticeContent:
    """
    Return what a notice says, from a file of JSON in the form that messages have.

    Raises:
        UnableToPreview: it is not there, is no JSON object, or a field is missing or wrong.
    """
    try:
        written = json.loads(file.read_bytes())
    except OSError as error:
        raise UnableToPreview(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnableToPreview(f"{file} is not JSON that can be read: {error}") from error
    if not isinstance(written, dict):
        raise UnableToPreview(f"{file} is no object; the fields of the notice stand in {{ }}")
    try:
        return content_of(kind, written)
    except UnableToReadNotice as error:
        raise UnableToPreview(f"{file}: {error}") from error


def write_preview(rendered: Rendered, links: Links, folder: str | None, name: str) -> list[Path]:
    """
    Write a notice to files, and return their places.

    Args:
        rendered: the words.
        links: its own; the mail names the one that unsubscribes.
        folder: must exist; None: a new one for temporary files.
        name: of the files, without their endings.

    Raises:
        UnableToPreview: a file cannot be written.
    """
    envelope = Envelope("anna@example.com", "<preview@example.com>", NOW, links.unsubscribe)
    mail = build_mail(Sender("Screph <billing@example.com>"), envelope, rendered)
    contents = {
        "html": rendered.html.encode(),
        "txt": rendered.text.encode(),
        "eml": mail.as_bytes(),
    }
    if folder == "":
        raise UnableToPreview("--out names no folder")
    try:
        place = Path(tempfile.mkdtemp(prefix="billing-notices-") if folder is None else folder)
        files = [place / f"{name}.{ending}" for ending in contents]
        for file, content in zip(files, contents.values(), strict=True):
            file.write_bytes(content)
    except OSError as error:
        raise UnableToPreview(f"--out: {folder} cannot be written to: {error.strerror}") from error
    return files


def _print_page(page: NoticePage) -> None:
    notice = page.notice
    why = f": {notice.reason}" if notice.reason else ""
    out.print(f"notice {notice.id} for {notice.account_id}: {notice.kind}, {notice.state}{why}", markup=False)
    out.print(f"owed {moment(notice.owed_at)} for {notice.subject}", markup=False)
    if notice.state is NoticeState.WAITING:
        out.print(f"due {moment(notice.due_at)}")
    out.print(json.dumps(notice.content, ensure_ascii=False), markup=False, soft_wrap=True)
    print_table(
        f"Deliveries: {len(page.deliveries)}",
        ("by", "to", "state", "attempts", "sent", "said"),
        (
            (
                delivery.channel,
                escape(
                    delivery.address
                    or (f"browser {delivery.push_subscription}" if delivery.push_subscription else "erased")
                ),
                delivery.state,
                delivery.attempts,
                "" if delivery.sent_at is None else moment(delivery.sent_at),
                escape(delivery.last_error or ""),
            )
            for delivery in page.deliveries
        ),
        right="attempts",
    )
