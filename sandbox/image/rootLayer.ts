import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { buildConfiguration } from './buildConfiguration';
import { type Layer, digest, isolated, recipe, suite } from './layer';

/** Content of a layer with nothing below it. */
export interface RootContent {
  name: string;
  description: string;
  /** Packages of the distribution, beside the essential ones. */
  packages: string[];
  /** Scripts that run in the layer's chroot, in this order, after the packages are installed. */
  setup: string[];
}

/** A layer that is a whole root file system of the distribution's packages. */
export function rootLayer({ name, description, packages, setup }: RootContent): Layer {
  return {
    name,
    description,
    hash: digest([
      `${recipe} ${suite} ${os.arch()}`,
      ...packages,
      ...setup.map((script) => fs.readFileSync(script)),
    ]),
    async build(directory, scratch, onLine) {
      const machine = buildConfiguration(path.join(scratch, 'config'), suite);
      const aptOptions = ['Apt::Install-Recommends "false"', 'Acquire::Languages "none"', machine.aptAcquire];
      const dpkgOptions = [
        ...['man', 'locale', 'doc'].map((dir) => `path-exclude=/usr/share/${dir}/*`),
        'path-include=/usr/share/doc/*/copyright',
        'force-unsafe-io',
      ];
      const temporary = path.join(scratch, 'tmp');
      fs.mkdirSync(temporary);
      const command = [
        ...['env', `TMPDIR=${temporary}`, 'mmdebstrap', '--verbose'],
        ...['--mode=root', '--variant=minbase', '--format=directory', `--include=${packages.join(',')}`],
        ...aptOptions.map((option) => `--aptopt=${option}`),
        ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
        ...setup.flatMap((script) => {
          const file = path.basename(script);
          return [
            `--customize-hook=copy-in '${script}' /`,
            `--customize-hook=chroot "$1" bash /${file} && rm "$1/${file}"`,
          ];
        }),
        ...[suite, directory, ...machine.aptSources],
      ];
      await isolated(command, onLine);
      removeTraces(path.join(directory, 'etc'));
    },
  };
}

/** Removes the files that mmdebstrap has copied from this machine. */
function removeTraces(etc: string): void {
  const sources = fs
    .readdirSync(path.join(etc, 'apt/sources.list.d'))
    .map((name) => `apt/sources.list.d/${name}`);
  for (const copied of ['apt/apt.conf.d/99mmdebstrap', 'hostname', ...sources]) {
    fs.rmSync(path.join(etc, copied));
  }
  for (const empty of ['apt/sources.list', 'hosts', 'resolv.conf', 'machine-id']) {
    fs.writeFileSync(path.join(etc, empty), '');
    fs.chmodSync(path.join(etc, empty), 0o644);
  }
}
