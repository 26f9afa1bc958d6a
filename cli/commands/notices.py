"""`billing notices …`: what accounts hear of, and how it looks."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from boot.settings import load_settings
from cli.output import AsJson, out, print_json
from domain.notices.json_form import UnableToReadNotice, content_of
from domain.notices.notice import NoticeContent, NoticeKind
from i18n.language import choose_locale
from notify.message import Envelope, Sender, build_mail
from notify.render import Links, Rendered, UnableToRender, render
from notify.samples import NOW, sample

app = typer.Typer(help="What accounts hear of, and how it looks.", no_args_is_help=True)


class UnableToPreview(ValueError):
    """A notice cannot be shown; the sentence says why."""


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
    language = choose_locale(locale).language
    content = sample(kind, language) if data is None else read_content(kind, data)
    portal = load_settings(with_database=False).portal_url
    links = Links(portal, None if kind.is_receipt else f"{portal}/unsubscribe/preview")
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
