"""Calls functions on a node, as root. fleet.py starts it over ssh; it is not installed on the node.

Standard input: one line with the sources of this folder's modules as JSON {name: source}, then one line per
call, {"function": "module.name", "arguments": {...}}. Standard output: lines {"log": text} while a call
runs, then one line {"result": ...} or {"error": text}. Secrets reach a node only as arguments of calls.
"""

import importlib.abc
import importlib.util
import json
import sys


def emit(**message):
    """Writes a line of standard output."""
    print(json.dumps(message), flush=True)


class Sources(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports modules from `sources`, {name: text}."""

    def __init__(self, sources):
        self._sources = sources

    def find_spec(self, fullname, path=None, target=None):
        return importlib.util.spec_from_loader(fullname, self) if fullname in self._sources else None

    def get_source(self, fullname):
        return self._sources[fullname]


def main():
    sys.meta_path.insert(0, Sources(json.loads(sys.stdin.readline())))
    importlib.import_module("host").log = lambda text: emit(log=text)
    for line in sys.stdin:
        call = json.loads(line)
        module, _, function = call["function"].partition(".")
        try:
            emit(result=getattr(importlib.import_module(module), function)(**call["arguments"]))
        except sys.modules["host"].Failure as failure:
            emit(error=str(failure))
        except Exception as error:
            # Errors of any kind belong into the log of the deploy.
            emit(error=f"{call['function']}: {type(error).__name__}: {error}")


main()
