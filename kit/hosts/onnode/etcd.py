"""
Asks etcd on this node through its HTTP gateway, which TripleO turns on for Cinder's locks (THT
etcd-container-puppet.yaml, enable-grpc-gateway). Prints JSON: null if no etcd listens here.

    members     prints [{id, name, healthy}]
    remove ID   removes a member, if it is still there
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from http.client import HTTPException

PORT = 2379
SECONDS = 10
HEALTH_SECONDS = 5

_OTHERS = (ValueError, KeyError, TypeError)
"""What the answers of another program come to."""


def address():
    """Where etcd listens, as HOST:PORT; None if it does not."""
    words = ["ss", "-Hltn", "sport", "=", f":{PORT}"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    if len(listed) < 4:
        return None
    host, _, port = listed[3].rpartition(":")
    return f"{'127.0.0.1' if host in ('*', '0.0.0.0', '[::]') else host}:{port}"


def call(here, path, body):
    request = urllib.request.Request(f"http://{here}/v3/cluster/member/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


def is_healthy(urls):
    for url in urls:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=HEALTH_SECONDS) as answer:
                return json.load(answer)["health"] == "true"
        except (OSError, HTTPException, *_OTHERS):
            continue
    return False


def main(verb, member=None):
    here = address()
    if here is None:
        return None
    members = call(here, "list", {})["members"]
    if verb == "remove" and any(one["ID"] == member for one in members):
        call(here, "remove", {"ID": member})
        members = call(here, "list", {})["members"]
    return [
        {
            "id": one["ID"],
            "name": one.get("name", ""),
            "healthy": is_healthy(one.get("clientURLs", [])),
        }
        for one in members
    ]


try:
    print(json.dumps(main(*sys.argv[1:])))
except urllib.error.HTTPError as error:
    sys.exit(f"etcd: {error.code}: {error.read().decode(errors='replace')}")
except (OSError, HTTPException, subprocess.CalledProcessError) as error:
    sys.exit(f"etcd: {error}")
except _OTHERS as error:
    sys.exit(f"etcd: the answer at port {PORT} is not that of etcd ({error!r}); what listens there?")
