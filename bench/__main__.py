"""`python -m bench [--quick] [--json]`, or `--statistics`: one run, a table, and the figures as JSON."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from bench.at_scale import print_at_scale, run_at_scale
from bench.contests import run_contests
from bench.longer import measure_store, run_longer
from bench.report import print_report
from bench.servers import servers

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Measure, show, and write down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the contests and the sizes only")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--statistics", action="store_true", help="the admin pages and counting in a large business")
    parser.add_argument("--scale", type=float, default=1.0, help="how large it is; 1 has a million accounts")
    parser.add_argument(
        "--newest", action="store_true", help="only what sealing costs there, without a year of counting"
    )
    parser.add_argument("--keep", type=Path, help="a folder in which its data stay, so that a second run goes on there")
    chosen = parser.parse_args()
    if chosen.statistics:
        figures = run_at_scale(chosen.scale, keep=chosen.keep, newest_only=chosen.newest)
        _write("statistics", figures, print_at_scale, as_json=chosen.json)
        return 0
    with servers() as running:
        figures = run_contests(running, quick=chosen.quick)
        if chosen.quick:
            figures |= measure_store(running, quick=True)
        else:
            figures |= run_longer(running, capacity=figures["single"])
    _write("latest", figures, print_report, as_json=chosen.json)
    return 0


def _write(name: str, figures: dict[str, float], show: Callable[[dict[str, float]], None], *, as_json: bool) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    if as_json:
        json.dump(figures, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        show(figures)


sys.exit(main())
