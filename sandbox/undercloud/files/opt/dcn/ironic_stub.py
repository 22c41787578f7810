"""STAND-IN for Ironic's API on the sandbox's undercloud: a version document and empty lists.

`openstack overcloud node provision` needs a baremetal endpoint even if every node is pre-provisioned
(`managed: false`). It reads only the list of nodes, which is empty.
"""

import http.server
import json

ADDRESS = ("127.0.0.1", 6385)
VERSION = {
    "id": "v1",
    "links": [{"href": "http://{}:{}/v1/".format(*ADDRESS), "rel": "self"}],
    "status": "CURRENT",
    "min_version": "1.1",
    "version": "1.81",
}


def answer(path):
    """Returns the document at a path; None if the path does not exist."""
    parts = [part for part in path.split("?")[0].split("/") if part]
    if not parts:
        return {"name": "OpenStack Ironic API", "versions": [VERSION], "default_version": VERSION}
    if parts == ["v1"]:
        return {"id": "v1", "links": VERSION["links"], "version": VERSION}
    if len(parts) == 2 and parts[0] == "v1":
        return {parts[1]: []}
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        document = answer(self.path)
        body = json.dumps(document or {"error_message": "not found"}).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-OpenStack-Ironic-API-Minimum-Version", VERSION["min_version"])
        self.send_header("X-OpenStack-Ironic-API-Maximum-Version", VERSION["version"])
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(ADDRESS, Handler).serve_forever()
