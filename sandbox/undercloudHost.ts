import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../lib/atomicFile';
import { projectRoot } from '../lib/paths';
import type { Lab } from '../model';
import { inHost } from './hosts/container';
import { addHostsLines } from './hosts/etcHosts';
import { commonFiles, copyFiles } from './hosts/files';
import { createHost } from './hosts/hosts';
import type { Images } from './image/images';
import { publicKey } from './keys';
import type { SandboxPaths } from './paths';
import { type SandboxPlan, undercloudName } from './plan';
import type { Report } from '../lib/report';

const undercloudFiles = path.join(projectRoot, 'sandbox', 'undercloud', 'files');
const undercloudStart = '/opt/dcn/undercloud-start';

/** Settings of the undercloud's services: the standard input of undercloud-start. */
interface UndercloudSettings {
  lab: string;
  tripleo: Lab['sandbox']['tripleo'];
  servers: boolean;
  address: string;
  domain: string;
  subnets: SandboxPlan['ctlplane'];
}

/** Creates the undercloud's host if it is missing; powers it on if it is off. */
export async function ensureUndercloud(
  paths: SandboxPaths,
  plan: SandboxPlan,
  images: Images,
): Promise<void> {
  const { address, others, user, site } = plan.undercloud;
  const { hostKey } = await createHost(paths, {
    name: undercloudName,
    site,
    rack: undefined,
    addresses: [address, ...others],
    disks: [],
    rotational: {},
    account: user,
    authorized: [publicKey(paths.operatorKey)],
    keyPair: paths.undercloudKey,
    hostsLines: plan.hostsLines,
    image: images.undercloud,
    files: [commonFiles, undercloudFiles],
  });
  writeAtomic(paths.undercloudHostKey, `${hostKey}\n`);
}

/** Starts the undercloud's services; gives services that run already the lab's present subnets and host names. */
export async function startServices(
  paths: SandboxPaths,
  lab: Lab,
  plan: SandboxPlan,
  report: Report,
): Promise<void> {
  report('undercloud: Neutron and Ironic');
  copyFiles([undercloudFiles], paths.host(undercloudName).root);
  addHostsLines(paths, undercloudName, plan.hostsLines);
  const input = JSON.stringify(settingsOf(lab, plan));
  await inHost(paths, undercloudName, [undercloudStart], {
    input,
    onLine: (line) => report(`undercloud: ${line}`),
  });
  writeAtomic(paths.undercloudSettings, input);
}

/** The settings of the undercloud's services for a lab. */
export function settingsOf(lab: Lab, plan: SandboxPlan): UndercloudSettings {
  const { tripleo, servers } = lab.sandbox;
  return {
    lab: lab.name,
    tripleo,
    servers,
    address: plan.undercloud.address,
    domain: plan.domain,
    subnets: plan.ctlplane,
  };
}

/** The settings that the services were last started with; undefined if they were never started. */
export function lastSettings(paths: SandboxPaths): UndercloudSettings | undefined {
  return fs.existsSync(paths.undercloudSettings)
    ? (JSON.parse(fs.readFileSync(paths.undercloudSettings, 'utf8')) as UndercloudSettings)
    : undefined;
}
