"""What no log may hold, masked in each line whatever wrote it: addresses of people, passwords, tokens, keys."""

import re

MASK = "***"

_AROUND = r"\s@<>\"'(),;:=/\[\]{}"
"""What ends a mail address on either side."""

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # The user and password of a server's address, before what looks like a mail address in it is.
    (re.compile(r"(\w://)[^\s/@'\"]+@"), rf"\1{MASK}@"),
    # Our own tokens and links, and the keys of gateways.
    (re.compile(r"\b(scr_[a-z]_)\w+"), rf"\1{MASK}"),
    (re.compile(r"(/(?:enter|unsubscribe|invitation|invited?|session|webhooks/[\w-]+)/)[\w.~-]{8,}"), rf"\1{MASK}"),
    (re.compile(r"\b((?:sk|rk|pk)_(?:live|test)_|whsec_)\w+"), rf"\1{MASK}"),
    (re.compile(r"\b(Bearer|Token|Basic)(\s+)[A-Za-z0-9+/=._~-]{8,}"), rf"\1\2{MASK}"),
    (
        re.compile(
            r"(?i)(\b[\w-]*(?:password|passwd|secret|authorization|api_?key|private_?key|access_?token|cookie)"
            r"[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}\]]+)"
        ),
        rf"\1{MASK}",
    ),
    # A mail address, as it is or as addresses of pages and JSON write it; one sees that there was one. A server's
    # address, masked above, keeps its host.
    (
        re.compile(
            rf"(?:\"[^\"\n]{{1,64}}\"|(?<![^{_AROUND}])(?!\*\*\*@)[^{_AROUND}]+)"
            rf"(?:@|%40|\\u0040)[^{_AROUND}]*[^{_AROUND}.]",
        ),
        f"{MASK}@{MASK}",
    ),
)


def mask(line: str) -> str:
    """
    Return a line of a log without what it must not hold.

    It is the last net, not the first: nobody should log such things. Errors of libraries quote what they were given,
    though, and that may be anything.
    """
    for pattern, instead in _MASKS:
        line = pattern.sub(instead, line)
    return line
