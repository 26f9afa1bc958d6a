"""`python -m tests.doubles` where only the product itself is installed."""

import subprocess
import sys


class TestMain:
    def test_says_what_to_run_where_a_package_is_missing(self) -> None:
        code = "import runpy, sys; sys.modules['jsonschema'] = None; runpy.run_module('tests.doubles', run_name='__main__')"

        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

        assert ended.returncode == 1
        assert ended.stderr.strip() == (
            "the doubles need the package jsonschema, which the product itself does not; run `make .venv/.dev`"
        )
