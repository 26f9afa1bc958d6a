"""The folders of gateways/: found, not listed, so that a test notices a new one and misses none that is deleted."""

import pkgutil
from importlib import import_module

import gateways
from gateways.folder import GatewayFolder

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(gateways.__path__) if module.ispkg))


def folder_of(name: str) -> GatewayFolder:
    """Return a gateway's package."""
    folder = import_module(f"gateways.{name}")
    assert isinstance(folder, GatewayFolder), f"gateways/{name} does not offer what gateways/folder.py wants"
    return folder
