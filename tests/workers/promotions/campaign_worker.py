"""A worker that goes on with campaigns, for a test that kills it: `python -m tests.workers.promotions.campaign_worker URL`."""

import sys

from store.engine import open_engine
from tests.workers.events import NOW
from workers.context import Context
from workers.promotions.campaign_run import run_campaigns

if __name__ == "__main__":
    run_campaigns(Context(open_engine(sys.argv[1]), clock=lambda: NOW))
