"""Connects to the test cloud as its administrator."""

import openstack


def connect(**options):
    """Returns an openstack.connection.Connection.

    Args:
        options: username, password and project_name, if not the administrator's.
    """
    login = {"username": "admin", "password": "service", "project_name": "admin", **options}
    return openstack.connect(
        auth_url="http://127.0.0.1:5000/v3",
        user_domain_name="Default",
        project_domain_name="Default",
        region_name="RegionOne",
        **login,
    )
