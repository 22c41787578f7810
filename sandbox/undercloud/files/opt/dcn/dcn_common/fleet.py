"""Runs functions of node/ on nodes: all nodes at once, over one ssh connection per node and deploy."""

import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import time

from dcn_common.errors import SandboxError

NODE = pathlib.Path(__file__).parent / "node"
BOOT = "import sys,json;exec(compile(json.loads(sys.stdin.readline()),'agent.py','exec'))"
SSH_OPTIONS = (
    "BatchMode=yes",
    "ConnectTimeout=20",
    "LogLevel=ERROR",
    "ServerAliveInterval=15",
    # As TripleO's Ansible does: a node that is created anew has a new key at a known address.
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
)


class Fleet:
    """The nodes of a deploy. A context manager, which closes the connections.

    Args:
        hosts: {name: variables} of Ansible's inventory, with address and account.
        key: file of the private ssh key.
    """

    def __init__(self, hosts, key):
        self._hosts = hosts
        self._key = key
        self._agents = {}
        self._start = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for agent in self._agents.values():
            agent.close()

    def log(self, text):
        """Prints a line of the deploy's log, with the seconds since its start."""
        print(f"{time.monotonic() - self._start:7.1f}  {text}", flush=True)

    def call(self, calls):
        """Runs {node: (function, arguments)} on all these nodes at once; returns {node: result}.

        Raises:
            SandboxError: as call_each.
        """
        return {
            node: results[0]
            for node, results in self.call_each({node: [call] for node, call in calls.items()}).items()
        }

    def call_each(self, calls):
        """Runs {node: [(function, arguments)…]}, all nodes at once and the calls of a node in order.

        Returns:
            {node: [result…]}.

        Raises:
            SandboxError: calls failed; the message names each of their nodes with the reason.
        """
        calls = {node: node_calls for node, node_calls in calls.items() if node_calls}
        if not calls:
            return {}
        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            futures = {node: pool.submit(self._on, node, node_calls) for node, node_calls in calls.items()}
        faults = [f"{node}: {future.exception()}" for node, future in futures.items() if future.exception()]
        if faults:
            raise SandboxError("\n".join(faults))
        return {node: future.result() for node, future in futures.items()}

    def on(self, node, function, **arguments):
        """Runs a function on one node; returns its result.

        Args:
            node: name of the node.
            function: "module.name" of node/.
            arguments: of the function.

        Raises:
            SandboxError: as call_each.
        """
        return self.call({node: (function, arguments)})[node]

    def _on(self, node, calls):
        if node not in self._agents:
            host = self._hosts[node]
            self._agents[node] = _Agent(host["ansible_host"], host["ansible_user"], self._key)
        agent = self._agents[node]
        return [agent.call(*call, log=lambda text: self.log(f"{node}: {text}")) for call in calls]


class _Agent:
    """A connection to node/agent.py on a node."""

    def __init__(self, address, user, key):
        remote = f"sudo -n /usr/bin/python3 -u -c {shlex.quote(BOOT)}"
        options = [part for option in SSH_OPTIONS for part in ("-o", option)]
        self._ssh = subprocess.Popen(
            ["ssh", "-T", *options, "-i", key, f"{user}@{address}", remote],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        sources = {path.stem: path.read_text() for path in NODE.glob("*.py")}
        agent = sources.pop("agent")
        self._send(json.dumps(agent) + "\n" + json.dumps(sources))

    def call(self, function, arguments, log):
        self._send(json.dumps({"function": function, "arguments": arguments}))
        for line in self._ssh.stdout:
            message = json.loads(line)
            if "log" in message:
                log(message["log"])
            elif "error" in message:
                raise SandboxError(message["error"])
            else:
                return message["result"]
        raise SandboxError(f"connection lost: {self._last_lines()}")

    def close(self):
        self._ssh.stdin.close()
        try:
            self._ssh.wait(10)
        except subprocess.TimeoutExpired:
            self._ssh.kill()

    def _send(self, text):
        try:
            self._ssh.stdin.write(text + "\n")
            self._ssh.stdin.flush()
        except BrokenPipeError:
            raise SandboxError(f"no connection: {self._last_lines()}") from None

    def _last_lines(self):
        return " | ".join(self._ssh.stderr.read().strip().splitlines()[-3:]) or "ssh printed no message"
