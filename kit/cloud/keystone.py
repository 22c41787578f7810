"""HTTP client of the control plane's services, with the credentials of its rc file (Identity API v3)."""

import json
import re
import shlex
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple, Optional

import stacks
from cloud import trust
from errors import KitError
from lab import CONTROL, home
from redact import clean

_BLOCK = 1 << 20

_LONGEST_EXPLANATION = 1 << 20
_SHOWN = 1000
"""How much of a service's explanation of an error a message has, in characters."""

_PATIENCE_SECONDS = 30.0
"""How long a request is repeated: longer than a failover of the control plane's VIP."""
IMPATIENT = {"timeout": 10, "patience": 0}
"""Settings of a client that only looks: nobody waits for a control plane that is down."""
_REPEATABLE = ("GET", "HEAD", "DELETE")
_PASSING = (502, 503, 504)
"""Statuses of a service that is restarted, or whose VIP moves."""


class CloudError(KitError):
    """
    A service refused a request, or did not answer. status: the HTTP status; 0 without an answer. may_pass:
    whether the same request may succeed later.
    """

    def __init__(self, text, status=0, may_pass=False):
        super().__init__(text)
        self.status = status
        self.may_pass = may_pass


class Identity(NamedTuple):
    """Whom a token is for. Ids of user, project and the project's domain; names of the roles."""

    user: Optional[str]
    project: Optional[str]
    domain: Optional[str]
    roles: list[str]


class Keystone:
    """
    A session of the control plane's administrator. It sends no request before the first call.

    With a project the session has the roles that the administrator's user has there, and no other rights.

    Args:
        lab: the lab of the control plane, whose stack has the rc file ~/<stack>rc (tripleoclient
            workflows/deployment.py create_overcloudrc).
        timeout: seconds to wait for an answer.
        patience: seconds for which to repeat requests without an answer, and those that a service answers
            with 502, 503 or 504, as far as a second request does no harm.
        project: id of the session's project; None: that of the rc file.
        stack: TripleO's stack of the control plane; None: that of the lab.
    """

    def __init__(self, lab, timeout=120, patience=_PATIENCE_SECONDS, project=None, stack=None):
        self.rc = home(f"{stack or stacks.of_site(lab, CONTROL)}rc")
        self._lab = lab
        self._timeout = timeout
        self._patience = patience
        self._lock = threading.Lock()
        self._token = None
        self._catalog = None
        self._scope = project
        self._identity = None
        self._variables = None
        self._opener = None

    def call(self, service, method, path, body=None, headers=None):
        """
        Sends a request to a service.

        Args:
            service: its type in the catalog.
            path: path below the service's URL in the catalog.
            body: a dict, bytes, or a binary file.

        Returns:
            The answer's JSON; None if the answer is empty.

        Raises:
            CloudError: the service refused, or did not answer.
        """
        for attempt in (1, 2):
            token = self.token(again=attempt == 2)
            url = self.endpoint(service) + path
            try:
                headers = {**(headers or {}), "X-Auth-Token": token}
                if method in _REPEATABLE:
                    return self._repeat(method, url, body, headers)
                return self._request(method, url, body, headers)
            except CloudError as error:
                # A token is valid for an hour; a copy over a slow WAN may take longer. A file cannot be
                # sent twice.
                if error.status != 401 or attempt == 2 or hasattr(body, "read"):
                    raise
        return None

    def delete(self, service, path):
        """Deletes what a path names, unless it is gone already. Args, Raises: as in `call`."""
        try:
            self.call(service, "DELETE", path)
        except CloudError as error:
            if error.status != 404:
                raise

    def token(self, again=False):
        """The current token. again: get a new token, because the last one has expired."""
        with self._lock:
            if self._token is None or again:
                self._variables = read_rc(self.rc)
                self._opener = self._make_opener()
                self._token, self._catalog, self._identity = self._authenticate(self._variables)
            return self._token

    def identity(self):
        """Whom the token is for: Identity."""
        self.token()
        return self._identity

    def offers(self, service):
        """Whether the catalog has a service of this type."""
        self.token()
        return any(entry["type"] == service for entry in self._catalog)

    def endpoint(self, service, interface=None):
        """
        The URL of a service in the catalog, without a slash at its end and without a version: some catalogs
        have a version for Keystone, Glance and Neutron, and `call` has it in the path.

        Args:
            interface: `public` or the like; by default that of the rc file.

        Raises:
            CloudError: the catalog has no such endpoint.
        """
        self.token()
        interface = interface or self._variables.get("OS_INTERFACE", "public").replace("URL", "")
        region = self._variables.get("OS_REGION_NAME")
        for entry in self._catalog:
            for endpoint in entry["endpoints"] if entry["type"] == service else []:
                if endpoint["interface"] == interface and region in (None, endpoint.get("region")):
                    return re.sub(r"/v(2(\.0)?|3)$", "", endpoint["url"].rstrip("/"))
        raise CloudError(
            f"{self.rc}: the catalog of its Keystone has no {interface} endpoint of type {service} in region "
            f"{region or '(any)'}"
        )

    def public_endpoints(self):
        """All public end points of the catalog: [(type of the service, URL)]."""
        self.token()
        return [
            (entry["type"], endpoint["url"])
            for entry in self._catalog
            for endpoint in entry["endpoints"]
            if endpoint["interface"] == "public"
        ]

    def _authenticate(self, rc):
        url = rc["OS_AUTH_URL"].rstrip("/")
        url = url if url.endswith("/v3") else f"{url}/v3"
        user = {
            "name": rc["OS_USERNAME"],
            "password": rc["OS_PASSWORD"],
            "domain": {"name": rc.get("OS_USER_DOMAIN_NAME", "Default")},
        }
        project = {
            "name": rc.get("OS_PROJECT_NAME", "admin"),
            "domain": {"name": rc.get("OS_PROJECT_DOMAIN_NAME", "Default")},
        }
        if self._scope:
            project = {"id": self._scope}
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": project},
            }
        }
        headers = {}
        answer = self._repeat("POST", f"{url}/auth/tokens", body, {}, headers)
        try:
            token = answer["token"]
            return headers["x-subject-token"], token.get("catalog", []), _identity(token)
        except (KeyError, TypeError):
            raise CloudError(
                f"POST {url}/auth/tokens: answered without a token; is OS_AUTH_URL in {self.rc} a Keystone?"
            ) from None

    def _repeat(self, method, url, body, headers, answered=None):
        """`_request`, which is repeated with growing pauses while it may pass."""
        deadline = time.monotonic() + self._patience
        pause = 0.25
        repeated = False
        while True:
            try:
                return self._request(method, url, body, headers, answered)
            except CloudError as error:
                if method == "DELETE" and repeated and error.status == 404:
                    # The first request was carried out, and its answer lost.
                    return None
                if not error.may_pass or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(5.0, pause * 2)
            repeated = True

    def _request(self, method, url, body, headers, answered=None):
        data = body
        if isinstance(body, dict):
            data = json.dumps(body).encode()
            headers = {**headers, "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        request_line = _request_line(request)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                text = response.read()
                if answered is not None:
                    answered.update({name.lower(): value for name, value in response.headers.items()})
        except urllib.error.HTTPError as error:
            text = f"{request_line}: HTTP {error.code}: {_explanation(error)}"
            raise CloudError(text, error.code, error.code in _PASSING) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            # Other errors of TLS may pass: haproxy restarts, or the VIP moves.
            is_refusal = isinstance(reason, ssl.SSLCertVerificationError)
            text = f"{request_line}: {reason}; does the control plane answer there?"
            if is_refusal:
                fault = trust.fault(self._lab, self._variables, self.rc, reason, request.host)
                text = f"{request_line}: {fault}"
            raise CloudError(text, may_pass=not is_refusal) from None
        try:
            return json.loads(text) if text else None
        except ValueError:
            shown = clean(text.decode("utf-8", "replace"))[:80]
            raise CloudError(
                f"{request_line}: answered {shown!r}, which is not JSON; does a proxy or another service "
                "answer there?"
            ) from None

    def _make_opener(self):
        try:
            return _opener(trust.context(self._lab, self._variables))
        except KitError as error:
            raise CloudError(f"{self.rc}: {error}") from None


def _identity(token):
    project = token.get("project") or {}
    return Identity(
        user=(token.get("user") or {}).get("id"),
        project=project.get("id"),
        domain=(project.get("domain") or {}).get("id"),
        roles=[role["name"] for role in token.get("roles") or []],
    )


def read_rc(path):
    """
    The OS_* variables that an rc file exports. The file is parsed, never run.

    Raises:
        CloudError: the file does not exist, or lacks credentials.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        raise CloudError(
            f"{path} is missing: deploy the control plane first, TripleO writes it then"
        ) from None
    found = {}
    for line in lines:
        match = re.match(r"\s*(?:export\s+)?(OS_\w+)=(.*)", line)
        if match:
            try:
                words = shlex.split(match[2], comments=True)
            except ValueError as error:
                raise CloudError(
                    f"{path}: the value of {match[1]} is no shell word ({error}); is it the rc file that "
                    "TripleO wrote?"
                ) from None
            found[match[1]] = words[0] if words else ""
    missing = [name for name in ("OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD") if not found.get(name)]
    if missing:
        raise CloudError(
            f"{path}: does not export {', '.join(missing)}; is it the rc file that TripleO wrote?"
        )
    return found


class _EarlyAnswer:
    """
    A connection whose peer may answer before it has read the whole body: a peer that refuses an upload
    answers and closes the connection. The answer is then read, and the rest of the body not sent.
    """

    _connected = False

    def connect(self):
        """Opens the connection."""
        super().connect()
        self._connected = True

    def request(self, *args, **options):
        """Sends a request."""
        try:
            super().request(*args, **options)
        except (BrokenPipeError, ConnectionResetError, socket.timeout, ssl.SSLEOFError):
            if not self._connected:
                raise


class _Connection(_EarlyAnswer, HTTPConnection):
    """HTTP."""


class _TlsConnection(_EarlyAnswer, HTTPSConnection):
    """HTTPS."""


def _opener(context):
    """
    An HTTP opener that ignores proxies, which are for hosts outside the lab, follows no redirection, and
    sends large blocks, for images.
    """

    class Redirections(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, request, body, code, message, headers, url):
            to = urllib.parse.urlsplit(url)
            raise CloudError(
                f"{_request_line(request)}: HTTP {code}: is redirected to {to.scheme}://{to.hostname}, which "
                "does not get the token: correct the endpoint in the catalog, or OS_AUTH_URL in the rc file",
                code,
            )

    class Http(urllib.request.HTTPHandler):
        def http_open(self, request):
            return self.do_open(partial(_Connection, blocksize=_BLOCK), request)

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, request):
            return self.do_open(partial(_TlsConnection, blocksize=_BLOCK, context=context), request)

    return urllib.request.build_opener(urllib.request.ProxyHandler({}), Redirections, Http, Https)


def _request_line(request):
    """Method and URL of a request, without its query."""
    return f"{request.method} {urllib.parse.urlsplit(request.full_url)._replace(query='').geturl()}"


def _explanation(error):
    """
    A service's explanation of an error, in one line. Glance answers in HTML, other services in JSON with one
    key, which differs between them.
    """
    text = error.read(_LONGEST_EXPLANATION).decode("utf-8", "replace")
    try:
        ((_, fault),) = json.loads(text).items()
        text = fault["message"]
    except (ValueError, KeyError, TypeError, AttributeError):
        text = re.sub(r"<(title|h1)>.*?</\1>|<[^>]*>", " ", text, flags=re.S)
    return " ".join(clean(text).split())[:_SHOWN] or error.reason
