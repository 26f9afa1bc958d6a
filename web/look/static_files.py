"""Static files: read once, served under an address that changes with what is in them, so browsers keep them."""

import gzip
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import Request, Response

FOREVER = "public, max-age=31536000, immutable"
_SQUEEZED = frozenset({".css", ".js", ".svg", ".json", ".webmanifest"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file; `squeezed` is the same as gzip, None where that is no shorter."""

    body: bytes
    media_type: str
    squeezed: bytes | None = None


class StaticFiles:
    """
    The files of some folders, by address.

    An address holds a hash of the file, `/static/look.5c1d22f0.css`, so it may be kept for ever and a new release is
    seen at once. Everything is in memory: some hundred kB.
    """

    def __init__(self, folders: Iterable[Path], *, prefix: str = "/static/") -> None:
        """
        Read the files.

        Args:
            folders: each with files only, all of different names.
            prefix: of every address.

        Raises:
            ValueError: two files have the same name.
        """
        self.prefix = prefix
        self._addresses: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
            if file.name in self._addresses:
                raise ValueError(f"two static files are called {file.name}")
            body = file.read_bytes()
            hashed = f"{file.stem}.{sha256(body).hexdigest()[:8]}{file.suffix}"
            self._addresses[file.name] = prefix + hashed
            self._files[hashed] = StaticFile(body, _media_type(file), _squeezed(file, body))

    def address(self, name: str) -> str:
        """Return the address of a file by its name; `KeyError`: there is none."""
        return self._addresses[name]

    def read(self, name: str) -> bytes:
        """Return what is in a file by its name; `KeyError`: there is none."""
        return self._files[self._addresses[name].removeprefix(self.prefix)].body

    def serve(self, request: Request, hashed_name: str) -> Response:
        """Answer a request for one of the files, squeezed where the browser takes that."""
        file = self._files.get(hashed_name)
        if file is None:
            return Response(status_code=404)
        headers = {"Cache-Control": FOREVER}
        body = file.body
        if file.squeezed is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"], body = "gzip", file.squeezed
        return Response(body, media_type=file.media_type, headers=headers)


def _media_type(file: Path) -> str:
    if file.suffix == ".webmanifest":
        return "application/manifest+json"
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _squeezed(file: Path, body: bytes) -> bytes | None:
    if file.suffix not in _SQUEEZED:
        return None
    squeezed = gzip.compress(body, mtime=0)
    return squeezed if len(squeezed) < len(body) else None
