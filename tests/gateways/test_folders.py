"""Every folder of gateways/ owes the same, and nothing else of the product knows it by name."""

import inspect
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from domain.gateway.port import Gateway
from domain.gateway.webhook import WebhookReader
from gateways.folder import GatewayFolder, GatewayServer
from gateways.settings import GatewaySettings
from tests.gateways.contract.abilities import Abilities, Double, settings_of
from tests.gateways.contract.marks import ABILITIES
from tests.gateways.folders import NAMES, folder_of

REPOSITORY = Path(__file__).parents[2]

COMMON_FILES: dict[str, tuple[str, ...]] = {
    "adapter": (),
    "amounts": ("to_wire", "from_wire"),
    "client": (),
    "declines": ("RETRIES", "decline_of"),
    "errors": ("error_of",),
    "events": ("subject_of",),
    "requests": ("checkout_body", "charge_body", "refund_body", "setup_body"),
    "responses": ("refund_of",),
    "settings": ("VARIABLES", "IS_FOR_DEVELOPMENT"),
    "webhooks": (),
}
"""The files of every folder, and the names in them that are the same everywhere."""

each_able = pytest.mark.parametrize("able", ABILITIES, ids=lambda able: able.name)


class TestFolders:
    def test_are_found(self) -> None:
        assert "sandbox" in NAMES

    def test_are_all_in_the_contract(self) -> None:
        assert tuple(able.name for able in ABILITIES) == NAMES

    @pytest.mark.parametrize("stays", [None, "sandbox"])
    def test_may_be_deleted_and_nothing_notices(self, tmp_path: Path, stays: str | None) -> None:
        for room in rooms(without=WITH_SANDBOX if stays is None else ()):
            shutil.copytree(REPOSITORY / room, tmp_path / room)
        for name in NAMES:
            if name != stays:
                shutil.rmtree(tmp_path / "gateways" / name)

        done = subprocess.run(
            [sys.executable, "-c", IMPORT_EVERYTHING],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "GATEWAYS names 'stripe', and there is no such gateway\n"


WITH_SANDBOX = ("cli", "demo")
"""`billing demo` plays with the sandbox by name."""

IMPORT_EVERYTHING = """
import pkgutil, sys
from importlib import import_module
from pathlib import Path
sys.path.insert(0, str(Path.cwd()))
for room in [file.parent.name for file in Path.cwd().glob("*/__init__.py")]:
    for module in pkgutil.walk_packages([room], f"{room}."):
        if not module.name.endswith("__main__") and module.name != "migrations.env":
            import_module(module.name)
from boot.gateways import __file__, open_gateways
from boot.settings import Settings, UnableToStart
assert Path(__file__).is_relative_to(Path.cwd()), __file__
assert open_gateways(Settings(_env_file=None, gateways="")) == {}
try:
    open_gateways(Settings(_env_file=None, gateways="stripe"))
except UnableToStart as error:
    print(error)
"""


def rooms(*, without: tuple[str, ...]) -> list[str]:
    """The rooms of the product."""
    others = ("tests", "bench", *without)
    return [file.parent.name for file in REPOSITORY.glob("*/__init__.py") if file.parent.name not in others]


@pytest.mark.parametrize("name", NAMES)
class TestFolder:
    @pytest.mark.parametrize("file", COMMON_FILES)
    def test_has_the_common_file(self, name: str, file: str) -> None:
        module = import_module(f"gateways.{name}.{file}")

        assert [each for each in COMMON_FILES[file] if not hasattr(module, each)] == []

    @pytest.mark.parametrize("function", ["open_gateway", "open_webhook_reader"])
    def test_offers_what_the_protocol_says(self, name: str, function: str) -> None:
        offered, wanted = getattr(folder_of(name), function), getattr(GatewayFolder, function)

        assert inspect.signature(offered) == without_self(wanted)

    def test_describes_each_variable(self, name: str) -> None:
        variables = folder_of(name).VARIABLES

        assert variables
        assert all(key.isupper() and meaning for key, meaning in variables.items())

    def test_has_a_server_that_fits_if_it_has_one(self, name: str) -> None:
        if find_spec(f"gateways.{name}.server") is None:
            return

        server = import_module(f"gateways.{name}.server")

        assert isinstance(server, GatewayServer)
        # Without a `URL` boot could not be told that it runs elsewhere already.
        assert "URL" in folder_of(name).VARIABLES

    def test_has_tests_of_its_own(self, name: str) -> None:
        assert list((REPOSITORY / "tests" / "gateways" / name).glob("test_*.py"))


@each_able
class TestOpened:
    def test_are_a_gateway_and_a_reader_as_the_ports_say(self, able: Abilities) -> None:
        with able.new_double() as double:
            settings = settings_of(able, double.settings())
            gateway, reader = able.folder.open_gateway(settings), able.folder.open_webhook_reader(settings)

        assert missing(gateway, Gateway) == []
        assert missing(reader, WebhookReader) == []

    def test_read_no_variable_that_is_not_described(self, able: Abilities) -> None:
        with able.new_double() as double:
            values = RecordingValues(double.settings())
        settings = GatewaySettings(f"{able.name.upper()}_", values)

        able.folder.open_gateway(settings)
        able.folder.open_webhook_reader(settings)

        assert values.keys() <= values.read <= able.folder.VARIABLES.keys()


@each_able
class TestDouble:
    def test_offers_what_the_contract_needs(self, able: Abilities) -> None:
        with able.new_double() as double:
            assert isinstance(double, Double)


class RecordingValues(dict[str, str]):
    """Values that note which of them are read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def missing(thing: object, port: type) -> list[str]:
    """The members of a port that a thing has not, or with other parameters."""
    wanted = {name: member for name, member in vars(port).items() if not name.startswith("_")}
    return [
        name
        for name, member in wanted.items()
        if not hasattr(thing, name)
        or (inspect.isfunction(member) and inspect.signature(getattr(thing, name)) != without_self(member))
    ]


def without_self(method: Callable[..., object]) -> inspect.Signature:
    """The signature of a method as a caller sees it."""
    signature = inspect.signature(method)
    return signature.replace(parameters=list(signature.parameters.values())[1:])
