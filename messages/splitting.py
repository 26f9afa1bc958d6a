"""Splitting an array of JSON without parsing it, so that one element the parser refuses spoils no other."""

import re

_TOKEN = re.compile(rb'"(?:\\.|[^"\\])*"|[\[\]{},]', re.DOTALL)


def split_array(body: bytes) -> list[bytes] | None:
    """
    Return the elements of an array as the bytes they came in.

    Only texts and brackets are read, so an element may be anything: too deep, with half a
    surrogate pair, with a number beyond all bounds.

    Returns:
        The elements; None when the body is not one array with balanced brackets.
    """
    body = body.strip()
    if not body.startswith(b"["):
        return None
    elements, depth, start = [], 0, 1
    for token in _TOKEN.finditer(body):
        mark = token.group()
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
            if depth == 0:
                elements.append(body[start : token.start()].strip())
                return elements if token.end() == len(body) else None
        elif mark == b"," and depth == 1:
            elements.append(body[start : token.start()].strip())
            start = token.end()
    return None
