"""`billing web`: which applications it serves."""

import pytest

from tests.journeys.billing import Billing


@pytest.mark.parametrize(("apps", "named"), [("api,shop", "shop"), (" , ", "nothing")])
def test_refuses_an_application_that_there_is_not(apps: str, named: str) -> None:
    done = Billing({})("web", "--apps", apps)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"billing: --apps names {named}; there are api, portal, admin\n"
