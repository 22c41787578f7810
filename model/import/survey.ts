import * as z from 'zod';

/*
 * What `kit survey` answers: a DCN that stands, as the files of TripleO's verbs, Neutron, Glance and Nova describe it
 * (kit/survey/stack.py says where each value comes from).
 */

const plain = z.union([z.string(), z.number(), z.boolean()]);
const range = z.object({ start: z.string(), end: z.string() });
const route = z.object({ destination: z.string(), nexthop: z.string() });

const surveyedNetwork = z.object({
  name: z.string(),
  name_lower: z.string().optional(),
  service_net_map_replace: z.string().optional(),
  mtu: z.number().optional(),
  dns_domain: z.string().optional(),
  subnets: z.record(
    z.string(),
    z.object({
      /** Absent: the subnet has IPv6 alone. */
      ip_subnet: z.string().optional(),
      vlan: z.number().optional(),
      gateway_ip: z.string().optional(),
      pools: z.array(range),
      routes: z.array(route),
    }),
  ),
});

const selection = z.record(z.string(), z.union([plain, z.array(plain)]));

const surveyedStack = z.object({
  name: z.string(),
  /** DEPLOY_SUCCESS or another status of `overcloud deploy`; empty: the stack was never deployed. */
  status: z.string(),
  roles: z.array(
    z.object({
      name: z.string(),
      /** Name of the subnet by the network's name in network data; empty: TripleO's default. */
      networks: z.record(z.string(), z.string()),
      defaultRoutes: z.array(z.string()),
      services: z.array(z.string()),
      /** The role as its file has it, but for networks and what may be a secret. */
      data: z.record(z.string(), z.json()),
      /** Names of what may be a secret: keys of the role, and `RoleParametersDefault.<name>`. */
      untaken: z.array(z.string()),
    }),
  ),
  networks: z.array(surveyedNetwork),
  /** By Neutron's name of the network. */
  vips: z.record(z.string(), z.string()),
  /** The roles of the file for `node provision`, with the names of their hosts in order. */
  bareMetal: z.array(z.object({ name: z.string(), template: z.string(), hosts: z.array(z.string()) })),
  /** Addresses by Neutron's name of the network. */
  hosts: z.array(
    z.object({ name: z.string(), role: z.string(), addresses: z.record(z.string(), z.string()) }),
  ),
  /** Parameters of the last deployment, as far as they cannot be secrets. */
  parameters: z.record(z.string(), z.json()),
  /** Names of all parameters of the last deployment; of those in a map of a role, and of keys of hiera, as `<map>.<name>`. */
  parameterNames: z.array(z.string()),
  /** Whether TripleO configures the time service. */
  timeService: z.boolean(),
  /** Environment files of the last deployment that are not TripleO's own, with the names of their parameters. */
  environments: z.array(z.object({ path: z.string(), parameters: z.array(z.string()) })),
  /** Names of the parameters of the last deployment that are neither of TripleO's own environment files nor of its client. */
  written: z.array(z.string()),
  /** The cluster that `ceph deploy` made. */
  ceph: z.object({ cluster: z.string(), fsid: z.string(), user: z.string() }).nullable(),
  /** The services of OSDs in the specification that `ceph deploy` made. */
  specs: z.array(
    z.looseObject({
      id: z.string(),
      hosts: z.array(z.string()),
      data_devices: selection.optional(),
      db_devices: selection.optional(),
      wal_devices: selection.optional(),
    }),
  ),
});

export const survey = z.object({
  /** Home directory of the undercloud's user. */
  home: z.string(),
  stacks: z.array(surveyedStack),
  /** Subnets of the undercloud's own network; null: Neutron did not answer. */
  ctlplane: z
    .array(
      z.object({
        name: z.string(),
        cidr: z.string(),
        /** Empty: without one. */
        gateway: z.string(),
        pools: z.array(range),
        routes: z.array(route),
      }),
    )
    .nullable(),
  /** What Glance and Nova of a control plane know, by its stack. */
  clouds: z.record(
    z.string(),
    z.object({ stores: z.array(z.string()), zones: z.record(z.string(), z.array(z.string())) }),
  ),
  /** Public host keys by address. `isKnown`: the undercloud had the key already. */
  hostKeys: z.record(z.string(), z.object({ key: z.string(), isKnown: z.boolean() })),
  /** The labs that have records on the undercloud, by name, with the stacks of their sites. */
  labs: z.record(
    z.string(),
    z.object({
      stacks: z.array(z.string()),
      /** Its adoption has begun and not ended. */
      isAdopting: z.boolean(),
    }),
  ),
  unseen: z.array(z.object({ what: z.string(), why: z.string() })),
});

export type Survey = z.infer<typeof survey>;
export type SurveyedStack = Survey['stacks'][number];
export type SurveyedNetwork = SurveyedStack['networks'][number];
