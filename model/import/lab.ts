import type { Topology } from '../lab';
import { copyRules } from '../tripleo/glance';
import type { LabValues } from './fit';
import type { Noter } from './notes';
import { controlPlaneOf, type SurveyedSite } from './stacks';
import type { Survey } from './survey';
import { mapIn, numberIn, textIn, textsIn, type Values } from './values';

/** How this machine reaches the undercloud, as the lab file writes it. */
export interface ImportedUndercloud {
  host: string;
  port: number;
  user: string;
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
  /** File with the private key, relative to the lab file, absolute, or below ~/. */
  privateKeyFile: string;
}

/** The lab file's keys that all sites share, but for networks; the control plane decides where stacks differ. */
export function commonValues(
  survey: Survey,
  topology: Topology,
  sites: SurveyedSite[],
  undercloud: ImportedUndercloud,
  note: Noter,
): LabValues {
  const { stack } = controlPlaneOf(sites);
  const { parameters } = stack;
  const prepare = stack.environments.find((file) => file.parameters.includes('ContainerImagePrepare'));
  const mtu = numberIn(parameters, 'NeutronGlobalPhysnetMtu');
  return {
    topology,
    provisioner: 'existing',
    undercloud: {
      ...undercloud,
      home: survey.home,
      ...(prepare && { containerPrepare: prepare.path }),
    },
    hosts: hostValues(sites, note),
    ...physicalNetworks(parameters),
    ...(mtu !== undefined && { physicalNetworkMtu: mtu }),
    ...(topology === 'multistore' && copyOnDemand(parameters, note)),
  };
}

function hostValues(sites: SurveyedSite[], note: Noter): LabValues {
  const { stack } = controlPlaneOf(sites);
  const { parameters, timeService, parameterNames } = stack;
  const domain = textIn(parameters, 'CloudDomain');
  const dnsServers = textsIn(parameters, 'DnsServers');
  const ntpServers = timeService ? textsIn(parameters, 'NtpServer') : undefined;
  const timeZone = textIn(parameters, 'TimeZone');
  if (timeService && !ntpServers && parameterNames.length > 0) {
    const what =
      'TripleO configures the hosts’ time service with its own default servers; a lab leaves it alone then';
    note('different', 'glance-dcn:hosts.ntpServers', what, 'Write the time servers there');
  }
  return {
    ...(domain !== undefined && { domain }),
    fqdn: sites.some((site) => site.stack.parameters.CephSpecFqdn === true),
    ...(dnsServers && { dnsServers }),
    ...(ntpServers && { ntpServers }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

function physicalNetworks(parameters: Values): LabValues {
  const flat = textsIn(parameters, 'NeutronFlatNetworks');
  const ranges = textsIn(parameters, 'NeutronNetworkVLANRanges');
  if (!flat && !ranges) {
    return {};
  }
  const vlans = (ranges ?? []).map((range) => /^([^:]*):?(.*)$/.exec(range)!.slice(1) as [string, string]);
  const names = new Set([...(flat ?? []), ...vlans.map(([name]) => name)].filter((name) => name !== '*'));
  return {
    physicalNetworks: Object.fromEntries(
      [...names].map((name) => [
        name,
        {
          flat: flat?.some((one) => one === name || one === '*') ?? false,
          vlans: vlans.flatMap(([other, ids]) => (other === name && ids !== '' ? [ids] : [])),
        },
      ]),
    ),
  };
}

/** The images that Glance copies for tenants, by its policy `copy_image`; without one by Glance's own rule. */
function copyOnDemand(parameters: Values, note: Noter): LabValues {
  const policies = mapIn(parameters, 'GlanceApiPolicies');
  const rules = Object.keys(policies).map((name) => mapIn(policies, name));
  const rule = textIn(rules.find(({ key }) => key === 'copy_image') ?? {}, 'value') ?? copyRules.none;
  const found = Object.entries(copyRules).find(([, text]) => text === rule);
  if (!found) {
    const what = `Glance’s policy copy_image is ${rule}, which no value of the key means`;
    note(
      'unmapped',
      'glance-dcn:copyOnDemand',
      what,
      'Write GlanceApiPolicies under `parameters` of each site',
    );
  }
  return { copyOnDemand: found?.[0] ?? 'none' };
}
