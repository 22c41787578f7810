"""`openstack overcloud deploy` with its own ephemeral Heat: as processes of this host (`--heat-type native`),
where in life it is a pod with a MariaDB and a RabbitMQ beside it.
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
    """Puts the command with a Heat of this host in the place of the client's own, in this process."""
    wallaby.install(FullDeployOvercloud)
    utils.get_heat_launcher = lambda _, **options: _Launcher(**options)
    # the client gives the API five seconds, in which it must make the database's tables too
    utils.test_heat_api_port.retry.stop = tenacity.stop_after_delay(SECONDS_TO_START)


class FullDeployOvercloud(deploy.DeployOvercloud):
    """`openstack overcloud deploy` whose stack is created by Heat's engine, in a database."""

    def setup_ephemeral_heat(self, parsed_args):
        parsed_args.heat_type = "native"
        # what a deploy that was killed has left: in its database the stack exists already
        shutil.rmtree(os.path.join(self.working_dir, "heat-launcher"), ignore_errors=True)
        super().setup_ephemeral_heat(parsed_args)


class _Launcher(heat_launcher.HeatNativeLauncher):
    """Heat as it takes the least of this machine: without its engine's tasks that go by way of the database,
    and on sqlite without a wait for the disk at each commit.
    """

    def launch_heat(self):
        # a client that is killed leaves no Heat behind, which the next one would take for its own
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
