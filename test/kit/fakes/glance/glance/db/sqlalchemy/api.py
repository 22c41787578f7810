"""Stands in for Glance's database: the images of the test's FakeGlance, at the URL in ~/glance-database."""

import json
import os
import urllib.request


def image_get_all(context):
    """All images with their locations."""
    return _call("GET", "/images") if context.is_admin else []


def image_location_delete(_context, image_id, location_id, status):
    """Marks a location as deleted."""
    assert status in ("deleted", "pending_delete"), status
    _call("DELETE", f"/images/{image_id}/{location_id}")


def _call(method, path):
    with open(os.path.expanduser("~/glance-database"), encoding="utf-8") as file:
        url = file.read() + path
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as response:
        return json.load(response)
