"""
Runs a command, and adopts every process that the command's processes leave (PR_SET_CHILD_SUBREAPER), until
all have ended. Then writes their processor time in seconds to the file that the first argument names.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys

ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen(sys.argv[2:])
code = 0
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    if pid == child.pid:
        code = os.waitstatus_to_exitcode(status)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"seconds": used.ru_utime + used.ru_stime}, file)
sys.exit(code)
