"""Runs on a node as root, started over ssh by fleet.py; never installed there.

Standard input: first a line with the modules of this package as JSON {name: source}, then a line for each
call, {"function": "module.name", "arguments": {...}}. Standard output: lines {"log": text} while a call
runs, and one with {"result": ...} or {"error": text} at its end. Secrets come by this way only.
"""

import importlib
import json
import sys
import types


def emit(**message):
    print(json.dumps(message), flush=True)


def load(sources):
    """Makes the modules importable, `host` first: the others import it."""
    for name in sorted(sources, key=lambda module: module != "host"):
        module = types.ModuleType(name)
        sys.modules[name] = module
        exec(compile(sources[name], f"{name}.py", "exec"), module.__dict__)
        if name == "host":
            module.log = lambda text: emit(log=text)


def main():
    load(json.loads(sys.stdin.readline()))
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
