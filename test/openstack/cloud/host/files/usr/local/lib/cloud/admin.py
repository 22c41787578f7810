"""Connects to the test cloud as its administrator."""

import openstack


def connect(**options):
    """An openstack.connection.Connection; `options` say who connects, if not the administrator."""
    who = {"username": "admin", "password": "service", "project_name": "admin", **options}
    return openstack.connect(
        auth_url="http://127.0.0.1:5000/v3",
        user_domain_name="Default",
        project_domain_name="Default",
        region_name="RegionOne",
        **who,
    )
