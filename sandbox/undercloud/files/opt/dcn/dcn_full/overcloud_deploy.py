"""`openstack overcloud deploy` with a real ephemeral Heat, which runs as processes of this host (`--heat-type
native`) instead of a pod with a MariaDB and a RabbitMQ.
"""

import ctypes
import os
import shutil
import signal

import tenacity
from tripleoclient import heat_launcher, utils

import wallaby
from dcn_common import deploy

SECONDS_TO_START = 120

PR_SET_PDEATHSIG = 1
"""linux/prctl.h"""

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
        # A killed deploy leaves its database, in which the stack exists already.
        shutil.rmtree(os.path.join(self.working_dir, "heat-launcher"), ignore_errors=True)
        super().setup_ephemeral_heat(parsed_args)


class _Launcher(heat_launcher.HeatNativeLauncher):
    """Heat with the least load on this machine: without convergence, whose tasks use the database, and with a
    sqlite that does not wait for the disk at each commit.
    """

    def launch_heat(self):
        # Heat ends with its client: otherwise the next client would use the Heat of a killed one.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        super().launch_heat()

    def _write_heat_config(self):
        super()._write_heat_config()
        with open(self.config_file) as file:
            text = file.read()
        for old, new in CHANGES.items():
            text = text.replace(old, new)
        with open(self.config_file, "w") as file:
            file.write(text)
