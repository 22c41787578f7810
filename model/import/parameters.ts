import { parse } from 'yaml';
import type { Topology } from '../lab';
import { managedParameter } from '../labfile/checks/parameters';
import type { Value } from '../labfile/explain';
import { controlPlane } from '../names';
import { findRoleAt } from '../roles';
import { isMap } from '../tripleo/parameters';
import type { LabPlan } from '../types';
import type { LabValues } from './fit';
import type { Noter } from './notes';
import type { SurveyedSite } from './stacks';
import type { Values } from './values';

/** Parameters that TripleO's verbs and exports write, whatever the lab file says. */
const ofVerbs =
  /(Count|HostnameFormat)$|^(AddVipsToEtcHosts|AllNodesExtraMapData|ApplyCephConfigOverridesOnUpdate|AuthCloudName|CephClientConfigVars|CephClientKey|CephClusterFSID|CephClusterName|CephDynamicSpec|CephExternalMonHost|CephSpecFqdn|CephadmDefaultContainer|ContainerCephDaemonImage|ControlPlaneVipData|CtlplaneNetworkAttributes|DeployIdentifier|DeployedCeph|DeployedNetworkEnvironment|DeployedServerPortMap|EnablePackageInstall|EndpointMapOverride|ExtraHostFileEntries|GlobalConfigExtraMapData|HostnameMap|NodePortMap|RootStackName|StackAction|VipPortMap)$/;

/** Parameters that mark a file of which nothing belongs into a lab file: an export of another stack, or the settings of container images. */
const ofForeignFiles = ['EndpointMapOverride', 'CephExternalMultiConfig', 'ContainerImagePrepare'];

/** Parameters of such files, and the names of container images. */
const ofForeign = /^(Container\w*|DockerInsecureRegistryAddress|CephExternalMultiConfig)$/;

const intoFile = 'Put it into a file of its own on the undercloud, and list it under `environments`';

/** Keys of a site that follow from the parameters of its stack. */
export interface OwnParameters {
  parameters: LabValues;
  environments: string[];
}

/**
 * Compares the parameters of a stack with those of the plan. What the plan lacks goes into the keys `parameters` and `environments` of the
 * site; what the next deployment would change is noted.
 * @param plan of the lab file without these keys
 */
export function ownParameters(
  topology: Topology,
  plan: LabPlan,
  site: SurveyedSite,
  note: Noter,
): OwnParameters {
  const { name, stack } = site;
  const ofPlan = plannedParameters(plan, name);
  const files = stack.environments.filter(
    (file) => !file.parameters.some((parameter) => ofForeignFiles.includes(parameter)),
  );
  const inFiles = new Set(files.flatMap((file) => file.parameters));
  const written = new Set([...inFiles, ...stack.written]);
  const parameters: LabValues = {};
  const added = new Map<string, string[]>();
  const place = `glance-dcn:sites.${name}.parameters`;

  const compare = (path: string[], found: Value | undefined, planned: unknown): void => {
    const shown = path.join('.');
    const remedy = managedParameter(topology, path.at(-1)!);
    if (found === undefined) {
      if (stack.parameterNames.includes(shown)) {
        const what = `${shown} has a value that the survey does not take; the plan sets ${text(planned)}`;
        note('unseen', place, what, 'Compare it on the undercloud');
      } else {
        added.set(path[0]!, [...(added.get(path[0]!) ?? []), `${shown}: ${text(planned)}`]);
      }
    } else if (remedy !== undefined) {
      const what = `${shown} is ${text(found)}`;
      // The remedy is for a lab file that has the parameter.
      const instead = remedy.replace(/^Take it out(: |, and )/, 'Not for `parameters`: ');
      if (planned === undefined) {
        note('unmapped', place, `${what}, and the plan has no such parameter`, instead);
      } else {
        note('different', place, `${what}, and the next deployment sets ${text(planned)}`, instead);
      }
    } else if (planned !== undefined || !isDefault(path[0]!, found)) {
      put(parameters, path, found);
    }
  };

  // Heat keeps no parameter that no template of the stack declares (environment_util.py merge_parameters).
  const hasCompute = stack.hosts.some(({ role }) => findRoleAt(site, role)?.compute);
  for (const key of new Set([...Object.keys(stack.parameters), ...Object.keys(ofPlan)])) {
    if (key === 'NovaComputeAvailabilityZone' && !hasCompute) {
      continue;
    }
    const { [key]: found } = stack.parameters;
    const { [key]: planned } = ofPlan;
    // The stores of sites have notes of their own (cloud.ts).
    if (
      ofVerbs.test(key) ||
      (key === 'GlanceMultistoreConfig' && name === controlPlane) ||
      same(found, planned)
    ) {
      continue;
    }
    const isUnseen = found === undefined && stack.parameterNames.includes(key);
    if (!isUnseen && isMap(found ?? {}) && isMap(planned ?? {})) {
      for (const inner of new Set([...Object.keys(found ?? {}), ...Object.keys(planned ?? {})])) {
        const [foundInner, plannedInner] = [
          (found as LabValues | undefined)?.[inner],
          (planned as Values | undefined)?.[inner],
        ];
        if (!same(foundInner, plannedInner) && (plannedInner !== undefined || written.has(key))) {
          compare([key, inner], foundInner, plannedInner);
        }
      }
    } else if (planned !== undefined || written.has(key)) {
      compare([key], found, planned);
    }
  }
  noteUntaken(stack, ofPlan, written, place, note);
  const alone = stack.written.filter((key) => !inFiles.has(key) && !ofForeign.test(key));
  for (const key of alone.filter(
    (name) => !(name in stack.parameters || name in ofPlan || ofVerbs.test(name)),
  )) {
    const what = `${key} has a value that the survey does not take, and the plan has no such parameter`;
    note('unmapped', place, what, intoFile);
  }
  for (const settings of added.values()) {
    const what = `the next deployment also sets ${settings.join('; ')}`;
    note(
      'different',
      `stack ${stack.name}`,
      what,
      'docs/how-it-works.md says what for; a value in `parameters` wins',
    );
  }
  const isPrepared = plan.sites.some(({ steps }) => steps.some((step) => step.name === 'container-images'));
  if (stack.written.includes('ContainerImagePrepare') && !isPrepared) {
    const what = 'the last deployment had ContainerImagePrepare, and the plan has TripleO’s default images';
    note('unmapped', 'glance-dcn:undercloud.containerPrepare', what, 'Write the path of its file there');
  }
  const environments = ownFiles(files, { ...stack.parameters, ...ofPlan }, place, note);
  return { parameters, environments };
}

/** Notes what the operator has set in maps of which the survey takes other keys alone, and the plan has none. */
function noteUntaken(
  { parameterNames, parameters }: SurveyedSite['stack'],
  ofPlan: Values,
  written: Set<string>,
  place: string,
  note: Noter,
): void {
  for (const name of parameterNames) {
    const [, key, inner] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
    const isKnown = (values: Values) => isMap(values[key!]) && Object.hasOwn(values[key!] as Values, inner!);
    if (key !== undefined && written.has(key) && !isKnown(parameters) && !isKnown(ofPlan)) {
      note('unmapped', place, `${name} has a value that the survey does not take`, intoFile);
    }
  }
}

/** Whether a parameter names TripleO's own subnet, which is its default. */
function isDefault(key: string, value: unknown): boolean {
  return (
    /^VipSubnetMap$|ControlPlaneSubnet$/.test(key) && /^(ctlplane-subnet|[a-z_]+_subnet)$/.test(String(value))
  );
}

/** The operator's files whose parameters the survey does not take at all; of others with such parameters only a note. */
function ownFiles(
  files: SurveyedSite['stack']['environments'],
  known: Values,
  place: string,
  note: Noter,
): string[] {
  return files.flatMap(({ path, parameters }) => {
    const own = parameters.filter((parameter) => !(parameter in known) && !ofVerbs.test(parameter));
    if (own.length === 0) {
      return [];
    }
    if (own.length === parameters.length) {
      return [path];
    }
    const remedy = 'Put them into a file of their own on the undercloud, and list it under `environments`';
    note('unmapped', place, `${path} sets ${own.join(', ')} beside parameters of the plan`, remedy);
    return [];
  });
}

/** What the files of a plan set in a site's overcloud, without TripleO's own files. */
function plannedParameters({ sites, undercloud }: LabPlan, name: string): Values {
  const site = sites.find((candidate) => candidate.name === name);
  const step = site?.steps.find(({ name: verb }) => verb === 'overcloud-stack');
  const words = step?.commands.flat() ?? [];
  const given = words.filter((_, index) => words[index - 1] === '-e');
  const texts = given.flatMap((path) => step?.files[path.slice(undercloud.directory.length + 1)] ?? []);
  return Object.assign({}, ...texts.map(defaultsIn)) as Values;
}

function defaultsIn(text: string): Values {
  const { parameter_defaults: defaults } = (parse(text) ?? {}) as { parameter_defaults?: Values };
  return defaults ?? {};
}

function put(parameters: LabValues, [key, inner]: string[], value: Value): void {
  parameters[key!] =
    inner === undefined ? value : { ...(parameters[key!] as LabValues | undefined), [inner]: value };
}

/** Whether Heat reads two values of a parameter as the same. */
function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

/** A value in one form: lists of texts as a text with commas, numbers and switches as texts, maps by their keys. */
function plain(value: unknown): unknown {
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, plain(inner)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  if (Array.isArray(value)) {
    return value.some(isMap) ? value.map(plain) : value.map(String).join(',');
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).replace(/, /g, ',').toLowerCase()
    : undefined;
}

function text(value: unknown): string {
  const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}
