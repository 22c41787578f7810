import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import type { Report } from '../lib/report';
import { exists, toolchainDir } from './folders';
import { fits, pulumiVersion } from './versions';

/** Path of the first executable of this name on PATH outside the tool chain's cache. */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const isOurs = path.resolve(folder).startsWith(toolchainDir() + path.sep);
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && !isOurs && (await exists(file, fs.constants.X_OK))) {
      return file;
    }
  }
  return undefined;
}

/** Version of the user's `pulumi`, if it is new enough and has a language host; otherwise reports the reason. */
export async function usableVersion(pulumi: string, report: Report): Promise<string | undefined> {
  const refuse = (why: string): undefined => {
    report(`not using ${pulumi}: ${why} (wanted: ${pulumiVersion} or a later 3.x)`);
    return undefined;
  };
  const version = await execa(pulumi, ['version'], {
    env: { PULUMI_SKIP_UPDATE_CHECK: '1' },
    timeout: 30_000,
  }).then(
    ({ stdout }) => stdout.trim(),
    () => 'not working',
  );
  if (!fits(version)) {
    return refuse(`it is ${version}`);
  }
  const host = 'pulumi-language-nodejs';
  const beside = path.join(path.dirname(await fs.realpath(pulumi)), host);
  if (!(await exists(beside)) && !(await findOnPath(host))) {
    return refuse(`${host} is neither beside it nor on PATH`);
  }
  return version;
}
