"""`python -m bench [--quick] [--json]`: one run, a table, and the figures as JSON."""

import argparse
import json
import sys
from pathlib import Path

from bench.contests import run_contests
from bench.longer import measure_store, run_longer
from bench.report import print_report
from bench.servers import servers

RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> int:
    """Measure, show, and write down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the contests and the sizes only")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    chosen = parser.parse_args()
    with servers() as running:
        figures = run_contests(running, quick=chosen.quick)
        if chosen.quick:
            figures |= measure_store(running, quick=True)
        else:
            figures |= run_longer(running, capacity=figures["single"])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    if chosen.json:
        json.dump(figures, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        print_report(figures)
    return 0


sys.exit(main())
