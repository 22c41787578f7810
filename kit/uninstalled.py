"""
Runs a verb of a kit that is not installed: `./dcn import` sends the text of this program, and on its
standard input the kit's files and the words of the verb. The kit is in a temporary folder as long as the verb
runs, and leaves nothing.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile


def main():
    """Gives the verb's exit code."""
    sent = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    top = tempfile.mkdtemp(prefix="glance-dcn-")
    try:
        # The kit takes the folder above its own for that of a lab.
        kit = os.path.join(top, "lab", "kit")
        for name, text in sent["files"].items():
            path = os.path.join(kit, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return subprocess.call([sys.executable, "-B", kit, *sent["words"]], stdin=subprocess.DEVNULL)
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
