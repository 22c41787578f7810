"""`openstack overcloud deploy` with a real ephemeral Heat, which runs as processes of this host (`--heat-type
native`) instead of a pod with a MariaDB and a RabbitMQ.
"""

import contextlib
import os
import pathlib
import signal
import time

import tenacity
from tripleoclient import heat_launcher, utils

import wallaby
from dcn_common import deploy

SECONDS_TO_START = 120

CHANGES = {
    "convergence_engine = true": "convergence_engine = false",
    "[database]": "[database]\nsqlite_synchronous = false",
}


def install():
    """Replaces the client's command by FullDeployOvercloud in this process."""
    wallaby.install(FullDeployOvercloud)
    utils.get_heat_launcher = lambda _, **options: _Launcher(**options)
    # The client waits five seconds for the API, which has to create the database's tables first.
    utils.test_heat_api_port.retry.stop = tenacity.stop_after_delay(SECONDS_TO_START)


class FullDeployOvercloud(deploy.DeployOvercloud):
    """`openstack overcloud deploy` with a stack that Heat's engine creates in a database."""

    def setup_ephemeral_heat(self, parsed_args):
        parsed_args.heat_type = "native"
        super().setup_ephemeral_heat(parsed_args)


class _Launcher(heat_launcher.HeatNativeLauncher):
    """Heat with the least load on this machine: without convergence, whose tasks use the database, and with a
    sqlite that does not wait for the disk at each commit.

    What a killed client has left stays until --rm-heat, as with Heat in a pod: the processes, which the next
    client uses, because its own Heat finds no free port, and the database.
    """

    def kill_heat(self, pid):
        """Ends Heat, whichever client has started it.

        Args:
            pid: of the client's own Heat; None at the start of a deploy (--rm-heat).
        """
        # Until a process has ended, the next client connects to its port.
        while processes := heat_processes():
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.1)
        if pid is not None:
            super().kill_heat(pid)

    def rm_heat(self, backup_db=True):
        pathlib.Path(f"{self.sql_db}.db").unlink(missing_ok=True)

    def _write_heat_config(self):
        super()._write_heat_config()
        with open(self.config_file) as file:
            text = file.read()
        for old, new in CHANGES.items():
            text = text.replace(old, new)
        with open(self.config_file, "w") as file:
            file.write(text)


def heat_processes():
    """Returns the ids of all processes of heat-all on this host."""
    return [int(path.parent.name) for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if _is_heat(path)]


def _is_heat(path):
    try:
        words = path.read_bytes().split(b"\0")
    except OSError:  # The process has ended.
        return False
    return any(os.path.basename(word) == b"heat-all" for word in words[:2])
