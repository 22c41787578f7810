import * as fs from 'node:fs';
import * as path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { type Lab, LabFileError, parseLab, partsOfStack, planUndercloud, undercloudEndpoint } from '../model';
import { type Provisioner, provisionerOf } from '../components/nodes';
import { PulumiUserError } from '../components/pulumiUserError';
import { besideLabFile, projectRoot, readerBeside } from '../lib/paths';

/** The input of a stack's program. */
export interface StackContext {
  lab: Lab;
  /** Absolute path of its file. */
  file: string;
  provisioner: Provisioner;
  /** Private key for the undercloud: absolute path on this machine. */
  privateKeyFile: string;
}

/** The lab and the part of the lab in a stack's name: a site, `images`, or undefined for the lab's own stack. */
export function partsOf(stack: string): { lab: string; part?: string } {
  const parts = partsOfStack(stack);
  if (!parts) {
    throw new PulumiUserError(
      `Stack ${stack}: its name must be <lab>, <lab>-<site> or <lab>-images, where <lab> is lower-case letters and digits, a letter first.`,
    );
  }
  return parts;
}

/**
 * Opens the lab file of the lab `name`: the one that the stack's configuration names (`glance-dcn:lab`), else
 * `Pulumi.<lab>.yaml` beside Pulumi.yaml.
 *
 * @throws PulumiUserError with all faults of the file as one message
 */
export async function openStackLab(name: string): Promise<StackContext> {
  const relative = new pulumi.Config().get('lab') ?? `Pulumi.${name}.yaml`;
  const file = path.resolve(projectRoot, relative);
  const lab = parse(name, file);
  const inProject = path.relative(projectRoot, file);
  const provisioner = await provisionerOf(lab, inProject.startsWith('..') ? file : inProject);
  const { privateKeyFile } = undercloudEndpoint(planUndercloud(lab), provisioner.undercloudAccess());
  if (!privateKeyFile) {
    throw new PulumiUserError(
      `${file}: glance-dcn:undercloud.privateKeyFile is missing: name the private key that opens the undercloud.`,
    );
  }
  return { lab, file, provisioner, privateKeyFile: besideLabFile(file, privateKeyFile) };
}

function read(name: string, file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new PulumiUserError(
      `Lab file of ${name}: ${(error as Error).message}. Put it there, or name another one for this stack: ` +
        'pulumi config set glance-dcn:lab FILE.',
    );
  }
}

function parse(name: string, file: string): Lab {
  const text = read(name, file);
  try {
    return parseLab(name, text, readerBeside(file));
  } catch (error) {
    throw error instanceof LabFileError ? new PulumiUserError(error.message) : error;
  }
}
