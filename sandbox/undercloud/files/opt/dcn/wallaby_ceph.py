"""Adds options of Wallaby's client to `openstack overcloud ceph deploy` of client 20.0.0."""

import functools
import os

import yaml
from osc_lib import exceptions
from tripleoclient import utils
from tripleoclient.v2 import overcloud_ceph

from dcn_common.fleet import Fleet
from dcn_common.inventory import Inventory

DEPLOY = "cli-deployed-ceph.yaml"


_get_parser = overcloud_ceph.OvercloudCephDeploy.get_parser
_take_action = overcloud_ceph.OvercloudCephDeploy.take_action


def install(renames):
    """Gives the client's command in this process Wallaby's options for time servers and the hosts' domain.

    Args:
        renames: whether the playbook knows hosts by names with a domain; else the command refuses `--tld`.
    """
    # The command's own methods name its class, so no other class can take its place.
    overcloud_ceph.OvercloudCephDeploy.get_parser = get_parser
    overcloud_ceph.OvercloudCephDeploy.take_action = functools.partialmethod(take_action, renames=renames)


def get_parser(command, prog_name):
    """Returns the command's parser with Wallaby's options."""
    parser = _get_parser(command, prog_name)
    parser.add_argument("--skip-ntp", action="store_true", help="Do not configure time servers in chrony.")
    time = parser.add_mutually_exclusive_group()
    time.add_argument("--ntp-server", help="Time servers for chrony, with commas between them.")
    time.add_argument("--ntp-heat-env-file", help="Environment file with the time servers as NtpServer.")
    parser.add_argument("--tld", help="Domain that is added to the names of the hosts.")
    return parser


def take_action(command, parsed_args, renames):
    """Runs the command, with the hosts renamed and the time servers set where Wallaby's client does so."""
    if parsed_args.tld and not renames:
        raise exceptions.CommandError("not stood in for with `tripleo: full`: --tld, which renames the hosts")
    play = utils.run_ansible_playbook

    def run(playbook, inventory, **options):
        # Wallaby's client plays ceph-chrony.yaml and ceph-set-hostname.yaml at this point.
        if os.path.basename(playbook) == DEPLOY:
            if not parsed_args.skip_ntp:
                set_time_servers(time_servers(parsed_args), inventory, parsed_args.stack)
            if parsed_args.tld:
                rename_hosts(parsed_args.tld, inventory, parsed_args.stack)
                options["extra_vars"] = {**options["extra_vars"], "tld_option": parsed_args.tld}
        return play(playbook=playbook, inventory=inventory, **options)

    utils.run_ansible_playbook = run
    _take_action(command, parsed_args)


def time_servers(parsed_args):
    """Returns the time servers of the command line, as Wallaby's client reads them; may be none."""
    servers = parsed_args.ntp_server or ""
    if parsed_args.ntp_heat_env_file:
        with open(parsed_args.ntp_heat_env_file) as file:
            servers = str(yaml.safe_load(file)["parameter_defaults"]["NtpServer"])
    return servers.split(",") if servers else []


def set_time_servers(servers, inventory, stack):
    """Writes the time servers into chrony's configuration on all hosts of the inventory.

    Args:
        servers: names or addresses.
        inventory: path of Ansible's inventory.
        stack: name of the stack, whose SSH key is used.

    Raises:
        CommandError: there are no servers. TripleO takes pool.ntp.org, and then waits for it until it fails.
    """
    if not servers:
        raise exceptions.CommandError(
            "chronyc waitsync: the hosts of the sandbox do not reach pool.ntp.org, TripleO's default: give "
            "--ntp-server or --skip-ntp"
        )
    hosts = Inventory(inventory).hosts
    with Fleet(hosts, utils.get_key(stack)) as fleet:
        fleet.call({host: ("chrony.servers", {"names": servers}) for host in hosts})


def rename_hosts(domain, inventory, stack):
    """Gives all hosts of the inventory names with the domain. Arguments as for set_time_servers."""
    hosts = Inventory(inventory).hosts
    with Fleet(hosts, utils.get_key(stack)) as fleet:
        fleet.call({host: ("names.hostname", {"name": f"{host}.{domain}"}) for host in hosts})
