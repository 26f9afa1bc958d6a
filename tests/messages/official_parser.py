"""The official AsyncAPI parser, run by Node."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.node.packages import NodeFolder
from tests.node.packages import install as install_packages

_SOURCES = Path(__file__).parent / "asyncapi"


@dataclass(frozen=True, slots=True)
class OfficialParser:
    """The parser, ready to run."""

    packages: NodeFolder

    def diagnose(self, document: str) -> list[dict[str, Any]]:
        """
        Return what the parser has to say about a document, as `severity`, `code`, `message` and `path`.

        Args:
            document: AsyncAPI as YAML or JSON.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(document)
            file.flush()
            done = self.packages.run("validate.mjs", file.name)
        # 1 is its verdict "errors"; anything else says that there was no verdict.
        assert done.returncode in (0, 1), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def install() -> OfficialParser:
    """
    Return the parser.

    Raises:
        UnableToInstall: npm does not manage to bring it.
    """
    return OfficialParser(install_packages(_SOURCES, what="the official AsyncAPI parser"))
