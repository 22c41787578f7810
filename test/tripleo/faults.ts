import { templates } from '../../model';

/** A wrong environment of an operator. */
export interface Fault {
  what: string;
  /** An additional environment file, the last one. */
  environment?: string;
  /** Additional arguments. */
  arguments?: string[];
  /** The end of the name of the environment file that is left out. */
  without?: string;
  /** The message that both must print. */
  says: RegExp;
}

const parameter = (name: string, value: string): string => `parameter_defaults:\n  ${name}: ${value}\n`;
const registry = (name: string, value: string): string => `resource_registry:\n  ${name}: ${value}\n`;

/** Refused by the client, before Heat starts. */
const byClient: Fault[] = [
  {
    what: 'a section that does not exist',
    environment: 'parameters_defaults: {}\n',
    says: /wrong section "parameters_defaults"/,
  },
  {
    what: 'no YAML',
    environment: 'parameter_defaults: [\n',
    says: /while parsing a flow node|expected the node content/,
  },
  {
    what: 'a missing environment file',
    arguments: ['-e', '/home/stack/nowhere.yaml'],
    says: /files were not found: \/home\/stack\/nowhere\.yaml/,
  },
  {
    what: 'a template of an environment file',
    arguments: ['-e', `${templates}/environments/network-environment.j2.yaml`],
    says: /jinja2 files were provided/,
  },
  {
    what: 'an option that does not exist',
    arguments: ['--hurry'],
    says: /unrecognized arguments: --hurry/,
  },
  {
    what: 'a service whose template is missing',
    environment: registry('OS::TripleO::Services::GlanceApiEdge', '/home/stack/nowhere.yaml'),
    says: /nowhere\.yaml/,
  },
  {
    what: 'Ceph by ceph-ansible',
    environment: registry(
      'OS::TripleO::Services::CephOSD',
      `${templates}/deployment/ceph-ansible/ceph-osd.yaml`,
    ),
    says: /not available anymore using ceph-ansible/,
  },
  {
    what: 'Ceph that `ceph deploy` has not deployed',
    environment: parameter('DeployedCeph', 'false'),
    says: /Ceph deployment is not/,
  },
  {
    what: 'the port of a service that moved',
    environment: registry(
      'OS::TripleO::Network::Ports::RedisVipPort',
      `${templates}/network/ports/noop.yaml`,
    ),
    says: /can no longer be used/,
  },
  {
    what: 'no virtual addresses',
    without: 'deployed-vips-dcn0.yaml',
    says: /ControlPlaneVipPort maps to type OS::Neutron::Port/,
  },
];

/** Refused by Heat when it is asked to create the stack. */
const byRequest: Fault[] = [
  {
    what: 'a backend that does not exist',
    environment: parameter('GlanceBackend', 'ceph'),
    says: /ceph.* is not an allowed value/,
  },
  {
    what: 'a cluster name with a hyphen',
    environment: parameter('CephClusterName', 'dcn-0'),
    says: /contain only letters and numbers/,
  },
  {
    what: 'a store id with a blank',
    environment: parameter('GlanceBackendID', "'dcn 0'"),
    says: /GlanceBackendID|dcn 0/,
  },
  {
    what: 'a CephX key that is none',
    environment: parameter('CephClientKey', 'secret'),
    says: /CephClientKey|does not match pattern/,
  },
  {
    what: 'a number out of its range',
    environment: parameter('NovaReservedHostMemory', '100'),
    says: /100 is out of range/,
  },
  {
    what: 'a queue of a size that does not exist',
    environment: parameter('NovaLibvirtRxQueueSize', '100'),
    says: /100 is not an allowed value/,
  },
  {
    what: 'a tool for containers that does not exist',
    environment: parameter('ContainerCli', 'lxc'),
    says: /lxc.* is not an allowed value/,
  },
  {
    what: 'a CPU mode that does not exist',
    environment: parameter('NovaLibvirtCPUMode', 'fast'),
    says: /fast.* is not an allowed value/,
  },
  {
    what: 'a count that is no number',
    environment: parameter('DistributedComputeHCICount', 'three'),
    says: /three/,
  },
  {
    what: 'a parameter of the stack itself that does not exist',
    environment: 'parameters:\n  GlangeBackendID: dcn0\n',
    says: /GlangeBackendID/,
  },
  {
    what: 'a type of resource that Heat does not have',
    environment: registry('OS::TripleO::Services::GlanceApiEdge', 'OS::Heat::Nothing'),
    // TripleO's message names the service, which has no other type.
    says: /OS::Heat::Nothing|OS::TripleO::Services::GlanceApiEdge\) could not be found/,
  },
  {
    what: 'a service whose template is no template',
    environment: registry('OS::TripleO::Services::GlanceApiEdge', `${templates}/environments/podman.yaml`),
    says: /podman\.yaml|[Tt]emplate/,
  },
];

/** Refused by Heat only when it creates the nested stack that has the parameter. */
const byNestedStack: Fault[] = [
  {
    what: 'no boolean',
    environment: parameter('NovaCrossAZAttach', 'maybe'),
    says: /maybe/,
  },
  {
    what: 'no number',
    environment: parameter('GlanceImagePrefetcherInterval', 'often'),
    says: /often/,
  },
  {
    what: 'stores that are no map',
    environment: parameter('GlanceMultistoreConfig', '[central]'),
    says: /GlanceMultistoreConfig|multistore|values/,
  },
];

export const faults: Fault[] = [...byClient, ...byRequest, ...byNestedStack];
