"""Tasks: the pages to which a link may lead, and no others."""

import re

HOME = "/"

_LOCAL = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_.-]+)*)?")


def safe_path(text: str | None) -> str:
    """
    Return a path of our own pages; whatever is anything else, such as another host, is the home page.

    Args:
        text: as it came with a link or a form.
    """
    return text if text is not None and len(text) <= 200 and _LOCAL.fullmatch(text) else HOME
