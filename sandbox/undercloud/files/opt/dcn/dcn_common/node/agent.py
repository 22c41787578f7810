"""Runs on a node as root, started over ssh by fleet.py; never installed there.

Standard input: first a line with the modules of this package as JSON {name: source}, then a line for each
call, {"function": "module.name", "arguments": {...}}. Standard output: lines {"log": text} while a call
runs, and one with {"result": ...} or {"error": text} at its end. Secrets come by this way only.
"""

import importlib.abc
import importlib.util
import json
import sys


def emit(**message):
    print(json.dumps(message), flush=True)


class Sources(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Makes modules importable whose sources {name: text} came with the connection."""

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
            # whatever it is belongs into the log of the deploy
            emit(error=f"{call['function']}: {type(error).__name__}: {error}")


main()
