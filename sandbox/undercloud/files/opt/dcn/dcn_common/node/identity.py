"""Keystone's projects, roles, users, services and endpoints, managed over its API as its administrator."""

import json
import urllib.error
import urllib.parse
import urllib.request

from host import Failure, log

DOMAIN = "default"


class Identity:
    """Keystone's API, as the administrator. Raises Failure if Keystone does not answer or refuses a request.

    Args:
        url: of Keystone, without a version.
        password: the administrator's.
    """

    def __init__(self, url, password):
        self._url = f"{url}/v3"
        self._token = None
        user = {"name": "admin", "password": password, "domain": {"id": DOMAIN}}
        scope = {"project": {"name": "admin", "domain": {"id": DOMAIN}}}
        method = {"methods": ["password"], "password": {"user": user}}
        _, headers = self._send("POST", "auth/tokens", {"auth": {"identity": method, "scope": scope}})
        self._token = headers["X-Subject-Token"]

    def project(self, name):
        """Returns the id of a project, created if missing."""
        return self._ensure("project", {"name": name, "domain_id": DOMAIN})["id"]

    def role(self, name):
        """Returns the id of a role, created if missing."""
        return self._ensure("role", {"name": name})["id"]

    def user(self, name, password, project):
        """Returns the id of a user, created if missing. A password that does not log in is set again."""
        identity = {"name": name, "domain_id": DOMAIN}
        found = self._find("user", identity)
        if found is None:
            user = self._create("user", {**identity, "password": password, "default_project_id": project})
            return user["id"]
        if not self._accepts(found["id"], password):
            self._send("PATCH", f"users/{found['id']}", {"user": {"password": password}})
            log(f"password of user {name}")
        return found["id"]

    def assign(self, project, user, role):
        """Gives a user (id) a role (name) in a project (id)."""
        self._send("PUT", f"projects/{project}/users/{user}/roles/{self.role(role)}")

    def service(self, name, kind):
        """Returns the id of a service of the catalog, created if missing."""
        return self._ensure("service", {"name": name, "type": kind})["id"]

    def endpoint(self, service, interface, region, url):
        """Creates an endpoint of a service in a region, or updates its URL."""
        wanted = {"service_id": service, "interface": interface, "region_id": region}
        found = self._find("endpoint", wanted)
        if found is None:
            self._create("endpoint", {**wanted, "url": url})
        elif found["url"] != url:
            self._send("PATCH", f"endpoints/{found['id']}", {"endpoint": {"url": url}})
            log(f"endpoint {interface} {url}")

    def _ensure(self, kind, wanted):
        return self._find(kind, wanted) or self._create(kind, wanted)

    def _find(self, kind, wanted):
        found, _ = self._send("GET", f"{kind}s?{urllib.parse.urlencode(wanted)}")
        return next(iter(found[f"{kind}s"]), None)

    def _create(self, kind, wanted):
        created, _ = self._send("POST", f"{kind}s", {kind: wanted})
        log(f"{kind} {wanted.get('name') or wanted.get('url')}")
        return created[kind]

    def _accepts(self, user, password):
        method = {"methods": ["password"], "password": {"user": {"id": user, "password": password}}}
        try:
            self._send("POST", "auth/tokens", {"auth": {"identity": method}})
        except Failure:
            return False
        return True

    def _send(self, method, path, document=None):
        request = urllib.request.Request(
            f"{self._url}/{path}",
            method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={
                "Content-Type": "application/json",
                **({"X-Auth-Token": self._token} if self._token else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                text = response.read()
                return (json.loads(text) if text else None), response.headers
        except urllib.error.HTTPError as error:
            raise Failure(
                f"Keystone, {method} {path.partition('?')[0]}: {error.code} {error.reason}"
            ) from None
        except urllib.error.URLError as error:
            raise Failure(f"Keystone, {self._url}: {error.reason}") from None
