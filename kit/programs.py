"""Programs that the kit runs elsewhere: on nodes, in containers, beside a Ceph cluster."""

import os

import folder


def read(package, name):
    """The text of a program in a package's folder `onnode`."""
    with open(os.path.join(folder.PATH, package, "onnode", name), encoding="utf-8") as file:
        return file.read()


def with_module(package, name, module):
    """The text of a program of Python in a package's folder `onnode` that imports another file there."""
    source = read(package, f"{module}.py")
    return (
        f"import sys, types\nsys.modules[{module!r}] = types.ModuleType({module!r})\n"
        f"exec({source!r}, vars(sys.modules[{module!r}]))\n{read(package, name)}"
    )
