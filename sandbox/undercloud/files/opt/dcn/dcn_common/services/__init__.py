"""The services that the configuration phase sets up on nodes; configure.py describes their functions."""

import importlib
import pkgutil


def modules():
    """Returns the modules of this package, sorted by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]
