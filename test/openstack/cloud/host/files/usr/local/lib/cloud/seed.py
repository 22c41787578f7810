"""Creates a project in the test cloud, with a user, flavors, images and an external network.

Standard input: JSON {user, password, keyPair, flavors: {name: {ram, vcpus, disk}}, images: {name: {file,
format, properties, boots?: {kernel: name, ramdisk: name}}}}; images that others boot come first. Prints
{images: {name: id}, externalNetwork: id, project: id}.
"""

import json
import sys

from admin import connect


def main():
    wanted = json.load(sys.stdin)
    cloud = connect()
    project = cloud.identity.create_project(name=wanted["user"], domain_id="default")
    user = cloud.identity.create_user(
        name=wanted["user"], password=wanted["password"], domain_id="default", default_project_id=project.id
    )
    role = cloud.identity.find_role("member")
    cloud.identity.put(f"/projects/{project.id}/users/{user.id}/roles/{role.id}")
    for name, flavor in wanted["flavors"].items():
        cloud.compute.create_flavor(name=name, **flavor)
    images = {}
    for name, image in wanted["images"].items():
        boots = {f"{part}_id": images[other] for part, other in image.get("boots", {}).items()}
        created = cloud.image.create_image(
            name=name,
            filename=image["file"],
            disk_format=image["format"],
            container_format="bare",
            visibility="public",
            wait=True,
            validate_checksum=False,
            **image["properties"],
            **boots,
        )
        images[name] = created.id
    network = cloud.network.create_network(
        name="public",
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="public",
    )
    cloud.network.create_subnet(
        name="public",
        network_id=network.id,
        ip_version=4,
        cidr="172.24.4.0/24",
        gateway_ip="172.24.4.1",
        allocation_pools=[{"start": "172.24.4.100", "end": "172.24.4.200"}],
        is_dhcp_enabled=False,
    )
    user_cloud = connect(username=wanted["user"], password=wanted["password"], project_name=wanted["user"])
    user_cloud.compute.create_keypair(name=wanted["user"], public_key=wanted["keyPair"])
    print(json.dumps({"images": images, "externalNetwork": network.id, "project": project.id}))


main()
