"""Creates the services' user, roles and endpoints in Keystone, unless they exist."""

from keystoneauth1 import session
from keystoneauth1.identity import v3

URL = "http://127.0.0.1:5000/v3"
SERVICES = {
    "image": "http://127.0.0.1:9292",
    "placement": "http://127.0.0.1:8778",
    "compute": "http://127.0.0.1:8774/v2.1",
    "network": "http://127.0.0.1:9696",
    "volumev3": "http://127.0.0.1:8776/v3/%(project_id)s",
    "block-storage": "http://127.0.0.1:8776/v3/%(project_id)s",
}


def main():
    login = {"user_domain_id": "default", "project_domain_id": "default", "project_name": "admin"}
    keystone = session.Session(auth=v3.Password(auth_url=URL, username="admin", password="service", **login))

    def create(path, kind, **values):
        return keystone.post(f"{URL}/{path}", json={kind: values}).json()[kind]["id"]

    projects = keystone.get(f"{URL}/projects").json()["projects"]
    if any(project["name"] == "service" for project in projects):
        return
    roles = {role["name"]: role["id"] for role in keystone.get(f"{URL}/roles").json()["roles"]}
    if "service" not in roles:
        roles["service"] = create("roles", "role", name="service")
    project = create("projects", "project", name="service", domain_id="default")
    user = create("users", "user", name="service", password="service", domain_id="default")
    for role in ("admin", "service"):
        keystone.put(f"{URL}/projects/{project}/users/{user}/roles/{roles[role]}")
    for kind, url in SERVICES.items():
        service = create("services", "service", type=kind, name=kind)
        for interface in ("public", "internal", "admin"):
            create(
                "endpoints",
                "endpoint",
                service_id=service,
                interface=interface,
                region_id="RegionOne",
                url=url,
            )


main()
