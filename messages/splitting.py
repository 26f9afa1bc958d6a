"""Split an array of JSON without parsing it, so that an element the parser refuses does not affect the others."""

import re

_MARK = re.compile(rb'["\[\]{},]')

_REST_OF_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)
"""From behind the opening quote of a text to its end. Possessive, so a text without an end is read once."""


def split_array(body: bytes) -> list[bytes] | None:
    """
    Return the elements of an array as the bytes they came in.

    Only texts and brackets matter, so an element may be anything: too deep, with half a
    surrogate pair, with a number beyond all bounds. Each byte is read once, whatever is in the body:
    a text without an end ends the reading, it is not looked for again from its next quote.

    Returns:
        The elements; None when the body is not one array with balanced brackets.
    """
    body = body.strip()
    if not body.startswith(b"["):
        return None
    elements, depth, start, place = [], 1, 1, 1
    while found := _MARK.search(body, place):
        mark, place = found.group(), found.end()
        if mark == b'"':
            text = _REST_OF_TEXT.match(body, place)
            if text is None:
                return None
            place = text.end()
        elif mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
            if depth == 0:
                elements.append(body[start : found.start()].strip())
                return elements if place == len(body) else None
        elif depth == 1:
            elements.append(body[start : found.start()].strip())
            start = place
    return None
