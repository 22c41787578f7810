import { templates } from '../../model';

/** A wrong environment of an operator. */
export interface Fault {
  name: string;
  /** An additional environment file, the last one. */
  environment?: string;
  /** Additional arguments. */
  arguments?: string[];
  /** Name of an environment file to leave out. */
  without?: string;
  /** The message that TripleO and the sandbox must print. */
  message: RegExp;
}

const parameter = (name: string, value: string): string => `parameter_defaults:\n  ${name}: ${value}\n`;
const registry = (name: string, value: string): string => `resource_registry:\n  ${name}: ${value}\n`;

/** Refused by the client, before Heat starts. */
const byClient: Fault[] = [
  {
    name: 'a section that does not exist',
    environment: 'parameters_defaults: {}\n',
    message: /wrong section "parameters_defaults"/,
  },
  {
    name: 'text that is not YAML',
    environment: 'parameter_defaults: [\n',
    message: /while parsing a flow node|expected the node content/,
  },
  {
    name: 'a missing environment file',
    arguments: ['-e', '/home/stack/nowhere.yaml'],
    message: /files were not found: \/home\/stack\/nowhere\.yaml/,
  },
  {
    name: 'an environment file that is a jinja2 template',
    arguments: ['-e', `${templates}/environments/network-environment.j2.yaml`],
    message: /jinja2 files were provided/,
  },
  {
    name: 'an option that does not exist',
    arguments: ['--hurry'],
    message: /unrecognized arguments: --hurry/,
  },
  {
    name: 'a service whose template is missing',
    environment: registry('OS::TripleO::Services::GlanceApiEdge', '/home/stack/nowhere.yaml'),
    message: /nowhere\.yaml/,
  },
  {
    name: 'Ceph by ceph-ansible',
    environment: registry(
      'OS::TripleO::Services::CephOSD',
      `${templates}/deployment/ceph-ansible/ceph-osd.yaml`,
    ),
    message: /not available anymore using ceph-ansible/,
  },
  {
    name: 'Ceph without `ceph deploy`',
    environment: parameter('DeployedCeph', 'false'),
    message: /Ceph deployment is not/,
  },
  {
    name: 'a type of port that TripleO no longer has',
    environment: registry(
      'OS::TripleO::Network::Ports::RedisVipPort',
      `${templates}/network/ports/noop.yaml`,
    ),
    message: /can no longer be used/,
  },
  {
    name: 'no virtual addresses',
    without: 'deployed-vips-dcn0.yaml',
    message: /ControlPlaneVipPort maps to type OS::Neutron::Port/,
  },
];

/** Refused by Heat when it gets the request to create the stack. */
const byRequest: Fault[] = [
  {
    name: 'a backend that does not exist',
    environment: parameter('GlanceBackend', 'ceph'),
    message: /ceph.* is not an allowed value/,
  },
  {
    name: 'a cluster name with a hyphen',
    environment: parameter('CephClusterName', 'dcn-0'),
    message: /contain only letters and numbers/,
  },
  {
    name: 'a store id with a blank',
    environment: parameter('GlanceBackendID', "'dcn 0'"),
    message: /GlanceBackendID|dcn 0/,
  },
  {
    name: 'an invalid CephX key',
    environment: parameter('CephClientKey', 'secret'),
    message: /CephClientKey|does not match pattern/,
  },
  {
    name: 'a number out of its range',
    environment: parameter('NovaReservedHostMemory', '100'),
    message: /100 is out of range/,
  },
  {
    name: 'a queue size that does not exist',
    environment: parameter('NovaLibvirtRxQueueSize', '100'),
    message: /100 is not an allowed value/,
  },
  {
    name: 'a container tool that does not exist',
    environment: parameter('ContainerCli', 'lxc'),
    message: /lxc.* is not an allowed value/,
  },
  {
    name: 'a CPU mode that does not exist',
    environment: parameter('NovaLibvirtCPUMode', 'fast'),
    message: /fast.* is not an allowed value/,
  },
  {
    name: 'a count that is not a number',
    environment: parameter('DistributedComputeHCICount', 'three'),
    message: /three/,
  },
  {
    name: 'an unknown parameter of the root template',
    environment: 'parameters:\n  GlangeBackendID: dcn0\n',
    message: /GlangeBackendID/,
  },
  {
    name: 'a type of resource that Heat does not have',
    environment: registry('OS::TripleO::Services::GlanceApiEdge', 'OS::Heat::Nothing'),
    // TripleO's message names the service instead of the type.
    message: /OS::Heat::Nothing|OS::TripleO::Services::GlanceApiEdge\) could not be found/,
  },
  {
    name: 'a service whose template is not a template',
    environment: registry('OS::TripleO::Services::GlanceApiEdge', `${templates}/environments/podman.yaml`),
    message: /podman\.yaml|[Tt]emplate/,
  },
];

/** Refused by Heat only when it creates the nested stack with the parameter. */
const byNestedStack: Fault[] = [
  {
    name: 'a value that is not a boolean',
    environment: parameter('NovaCrossAZAttach', 'maybe'),
    message: /maybe/,
  },
  {
    name: 'a value that is not a number',
    environment: parameter('GlanceImagePrefetcherInterval', 'often'),
    message: /often/,
  },
  {
    name: 'stores that are not a map',
    environment: parameter('GlanceMultistoreConfig', '[central]'),
    message: /GlanceMultistoreConfig|multistore|values/,
  },
];

export const faults: Fault[] = [...byClient, ...byRequest, ...byNestedStack];
