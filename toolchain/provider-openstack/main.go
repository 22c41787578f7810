// The OpenStack provider for the npm package @pulumi/openstack: terraform-provider-openstack behind Pulumi's bridge. It has the
// resources and functions that components/nodes/ uses, under the tokens of the npm package.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// The version of @pulumi/openstack, set by the linker.
var version string

var resources = map[string]tokens.Type{
	"openstack_blockstorage_volume_v3":                "openstack:blockstorage/volume:Volume",
	"openstack_compute_instance_v2":                   "openstack:compute/instance:Instance",
	"openstack_compute_keypair_v2":                    "openstack:compute/keypair:Keypair",
	"openstack_compute_servergroup_v2":                "openstack:compute/serverGroup:ServerGroup",
	"openstack_compute_volume_attach_v2":              "openstack:compute/volumeAttach:VolumeAttach",
	"openstack_networking_floatingip_associate_v2":    "openstack:networking/floatingIpAssociate:FloatingIpAssociate",
	"openstack_networking_floatingip_v2":              "openstack:networking/floatingIp:FloatingIp",
	"openstack_networking_network_v2":                 "openstack:networking/network:Network",
	"openstack_networking_port_secgroup_associate_v2": "openstack:networking/portSecGroupAssociate:PortSecGroupAssociate",
	"openstack_networking_port_v2":                    "openstack:networking/port:Port",
	"openstack_networking_router_interface_v2":        "openstack:networking/routerInterface:RouterInterface",
	"openstack_networking_router_v2":                  "openstack:networking/router:Router",
	"openstack_networking_secgroup_rule_v2":           "openstack:networking/secGroupRule:SecGroupRule",
	"openstack_networking_secgroup_v2":                "openstack:networking/secGroup:SecGroup",
	"openstack_networking_subnet_route_v2":            "openstack:networking/subnetRoute:SubnetRoute",
	"openstack_networking_subnet_v2":                  "openstack:networking/subnet:Subnet",
}

var functions = map[string]tokens.ModuleMember{
	"openstack_compute_flavor_v2":     "openstack:compute/getFlavor:getFlavor",
	"openstack_images_image_ids_v2":   "openstack:images/getImageIds:getImageIds",
	"openstack_networking_network_v2": "openstack:networking/getNetwork:getNetwork",
}

func main() {
	info := tfbridge.ProviderInfo{
		P:           shimv2.NewProvider(openstack.Provider()),
		Name:        "openstack",
		Version:     version,
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for name, token := range resources {
		info.Resources[name] = &tfbridge.ResourceInfo{Tok: token}
	}
	for name, token := range functions {
		info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: token}
	}
	// A list of at most one element: the bridge would make it a single value, and in @pulumi/openstack it is a list.
	info.Resources["openstack_compute_servergroup_v2"].Fields = map[string]*tfbridge.SchemaInfo{
		"policies": {MaxItemsOne: tfbridge.False()},
	}
	// The bridge would name both keys allocationPools. These are their names in @pulumi/openstack.
	info.Resources["openstack_networking_subnet_v2"].Fields = map[string]*tfbridge.SchemaInfo{
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	}
	tfbridge.Main("openstack", version, info, []byte("{}"))
}
