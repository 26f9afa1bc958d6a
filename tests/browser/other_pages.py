"""Pages of somebody else, as a browser sees them: at an origin of their own, under a strict policy of contents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.servers.plain_server import serving

Answer = tuple[int, str, str]
"""Status, type of the content, and the content."""


@dataclass
class OtherPages:
    """A site; `answers` has what stands at its paths, or what makes it."""

    port: int
    policy: str = "default-src 'none'"
    answers: dict[str, Answer | Callable[[], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def show(self, path: str, html: str) -> str:
        """Put a page there, and return its address."""
        self.answers[path] = (
            200,
            "text/html; charset=utf-8",
            f"<!doctype html><html lang=en><title>A page</title>{html}",
        )
        return f"{self.origin}{path}"


@contextmanager
def other_pages(port: int = 0) -> Iterator[OtherPages]:
    """Serve a site of somebody else; port 0 is any."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append(path)
            found = site.answers.get(path, (404, "text/plain", "nothing"))
            status, kind, content = found() if callable(found) else found
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(content.encode())

    with serving(Handler, port=port) as served:
        site = OtherPages(served)
        yield site
