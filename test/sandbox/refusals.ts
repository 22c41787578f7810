import { templates } from '../../model';

/** Commands of a plan, as lines of a shell. */
interface Commands {
  /** The plan's command with these words. */
  planned(words: string): string;
  stackPhase(): string;
  configPhase(): string;
  /** A stack phase with a parameter in an additional environment file, the last one. */
  withParameter(name: string, value: string): string;
}

/** The fault, the command that refuses it, and the reason that it prints. */
export type Refusal = [string, () => string, RegExp];

/** Stack phases, which run one after the other: the undercloud has one ephemeral Heat. */
export const refusedStackPhases = ({ stackPhase, withParameter }: Commands): Refusal[] => [
  ['an unknown parameter', () => withParameter('GlangeBackendID', 'dcn0'), /GlangeBackendID.*extra\.yaml/],
  [
    'a cluster name with a hyphen',
    () => withParameter('CephClusterName', 'dcn-0'),
    /contain only letters and numbers/,
  ],
  [
    'a backend that does not exist',
    () => withParameter('GlanceBackend', 'ceph'),
    /"ceph" is not an allowed value/,
  ],
  [
    'a value that is not a boolean',
    () => withParameter('NovaCrossAZAttach', 'maybe'),
    /maybe.*NovaCrossAZAttach/,
  ],
  [
    'a section that does not exist',
    () => `echo 'parameters_defaults: {}' > ~/extra.yaml; ${stackPhase()} -e ~/extra.yaml`,
    /wrong section "parameters_defaults"/,
  ],
  [
    'a missing file',
    () => `${stackPhase()} -e ~/nowhere.yaml`,
    /files were not found: \/home\/stack\/nowhere\.yaml/,
  ],
  [
    'Ceph by ceph-ansible',
    () =>
      `printf 'resource_registry:\\n  OS::TripleO::Services::CephOSD: ${templates}/deployment/ceph-ansible/ceph-osd.yaml\\n' ` +
      `> ~/extra.yaml; ${stackPhase()} -e ~/extra.yaml`,
    /not available anymore using ceph-ansible/,
  ],
];

/** Commands that are refused before they need the Heat, or that do not need it. */
export const otherRefusals = ({ planned, stackPhase, configPhase }: Commands): Refusal[] => [
  ['an option that does not exist', () => `${stackPhase()} --hurry`, /unrecognized arguments: --hurry/],
  [
    'the configuration before the stack',
    () => configPhase().replaceAll('--stack control-plane', '--stack other'),
    /No such playbook: .*deploy_steps_playbook\.yaml/,
  ],
  [
    'Ceph before the nodes',
    () => planned('ceph deploy').replaceAll('--stack control-plane', '--stack other'),
    /Inventory file not found in working directory: .*created by 'openstack overcloud node provision'/,
  ],
  [
    'Ceph without the nodes’ file',
    () => planned('ceph deploy').replace('deployed-metal', 'nowhere'),
    /Baremetal environment file does not exist/,
  ],
  [
    'to overwrite a file without -y',
    () => planned('ceph deploy').replace(/\s-y\s/, ' '),
    /Will not overwrite existing file/,
  ],
  [
    'time servers of the internet, TripleO’s default',
    () => planned('ceph deploy').replace('--skip-ntp', ''),
    /do not reach pool\.ntp\.org.*--ntp-server or --skip-ntp/,
  ],
  [
    'a second Ceph cluster on the same nodes',
    () => planned('ceph deploy').replace('--cluster central', '--cluster second'),
    /oc0-controller-0 belongs to the Ceph cluster central already/,
  ],
];
