"""Fetches an image's source from a URL. A transfer that is cut continues; a short one is refused."""

import hashlib
import ipaddress
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException

from errors import KitError
from images.workfiles import MIB, check_room, writing
from output import say

_ATTEMPTS = 5
_SOCKET_SECONDS = 120
_PASSING = (408, 429, 500, 502, 503, 504)
"""HTTP states of servers that may answer later."""


def is_loopback(url):
    """Whether a URL is on this host: its data crosses no network."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_open(source):
    """Whether others could change the source on its way unnoticed: http from another host, without sha256."""
    url = source["url"]
    return urllib.parse.urlsplit(url).scheme != "https" and "sha256" not in source and not is_loopback(url)


def fetch(image, path, progress, deadline):
    """
    Fetches an image's URL into a file.

    Args:
        progress: stores.progress.Progress, which ends the fetch when the caller is interrupted.
        deadline: time limit, as of time.monotonic(). Whoever works on images keeps the control plane from
            being updated: a server that sends a byte now and then must not do that for ever.

    Raises:
        KitError: the URL cannot be fetched whole or in time, its sha256 differs, or the disk is full.
    """
    with writing(image, path), open(path, "w+b") as file:
        download = _Download(image, file, progress, deadline)
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(2.0 ** (attempt - 2))
            reason = download.attempt()
            if not reason:
                break
            say(f"{download.label}: {reason}; attempt {attempt + 1} of {_ATTEMPTS}")
        else:
            raise KitError(f"{download.label}: {reason}; can the undercloud reach it?")
    wanted = image["source"].get("sha256")
    if wanted and download.sum.hexdigest() != wanted:
        raise KitError(
            f"{download.label} has sha256 {download.sum.hexdigest()}, the lab file says {wanted}; "
            "correct that, or the URL"
        )


class _Download:
    def __init__(self, image, file, progress, deadline):
        self._progress = progress
        self._deadline = deadline
        self._image = image
        self._source = image["source"]
        self._file = file
        self._opener = _opener(image)
        self._written = 0
        self._expected = None
        # The server's version of the data (RFC 9110, 13.1.5): only the same version can be continued.
        self._version = None
        self.sum = hashlib.sha256()
        self.label = f"image {image['name']}: {shown(self._source['url'])}"

    def attempt(self):
        """Fetches what is missing. Returns '' if the data is whole, or why it is not."""
        request = urllib.request.Request(self._source["url"])
        if self._written and self._version:
            request.add_header("Range", f"bytes={self._written}-")
            request.add_header("If-Range", self._version)
        try:
            with self._opener.open(request, timeout=_SOCKET_SECONDS) as response:
                if not self._begin(response):
                    return f"HTTP {response.status} in place of the data"
                while True:
                    # `read` would wait for the whole block.
                    block = response.read1(MIB)
                    self._check_time()
                    if not block:
                        break
                    self._add(block)
        except urllib.error.HTTPError as error:
            if error.code not in _PASSING:
                raise KitError(f"{self.label}: {error}; correct the URL, or give access to it") from None
            return str(error)
        except (OSError, HTTPException, ValueError) as error:
            return str(getattr(error, "reason", None) or error) or type(error).__name__
        if self._expected not in (None, self._written):
            return f"ended after {self._written} of {self._expected} bytes"
        return ""

    def _begin(self, response):
        """Reads the start of an answer. Returns whether it has the data, or its missing part."""
        range_start = f"bytes {self._written}-"
        if response.status == 206 and response.headers.get("Content-Range", "").startswith(range_start):
            return True
        self._version = None
        if response.status != 200:
            return False
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        self._version = None if (version or "W/").startswith("W/") else version
        self._written = 0
        self._expected = response.length
        self.sum = hashlib.sha256()
        with writing(self._image, self._file.name):
            self._file.seek(0)
            self._file.truncate()
        check_room(self._image, os.path.dirname(self._file.name), self._expected or 0)
        if self._expected is None and not response.chunked and "sha256" not in self._source:
            say(f"{self.label}: the server gives no length: a cut would not be seen; write sha256")
        return True

    def _check_time(self):
        if self._progress.cancelled.is_set():
            raise KitError(f"{self.label}: interrupted")
        if time.monotonic() > self._deadline:
            raise KitError(
                f"{self.label}: has sent {self._written} bytes until the time limit; fetch it in another "
                "way, and name the file in the lab file (source: { file: … })"
            )

    def _add(self, block):
        check_room(self._image, os.path.dirname(self._file.name), self._written + len(block), self._written)
        with writing(self._image, self._file.name):
            self._file.write(block)
        self.sum.update(block)
        self._written += len(block)


def _opener(image):
    """An opener that follows a redirection only to a URL that the lab file could name itself."""
    source = image["source"]

    class Redirections(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, request, body, code, message, headers, url):
            leaves = is_loopback(url) and not is_loopback(source["url"])
            if not url.startswith(("http://", "https://")) or leaves or is_open({**source, "url": url}):
                raise KitError(
                    f"image {image['name']}: {shown(source['url'])}: is redirected to {shown(url)}, where "
                    "its data could be changed unnoticed; write sha256, or an https:// URL"
                )
            return super().redirect_request(request, body, code, message, headers, url)

    # A proxy is for other hosts.
    proxies = [urllib.request.ProxyHandler({})] if is_loopback(source["url"]) else []
    return urllib.request.build_opener(Redirections, *proxies)


def shown(url):
    """A URL without its query, which may hold a signature."""
    return urllib.parse.urlsplit(url)._replace(query="", fragment="").geturl()
