import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesUnder } from '../../lib/filesUnder';
import { cacheDir, projectRoot } from '../../lib/paths';
import { buildConfiguration } from './buildConfiguration';
import { type Layer, digest, isolated, recipe, suite } from './layer';

const layerScript = path.join(projectRoot, 'sandbox', 'image', 'layer.sh');

/** Content of a layer over another one. */
export interface LayerContent {
  name: string;
  description: string;
  /** Packages of the distribution. */
  packages: string[];
  /** Folder with `install.sh`, which runs in the layer after the packages are installed. */
  source: string;
  /** Files and folders in `source` that the layer is built from. */
  inputs: string[];
}

/** A layer over the layer `base`, whose directory is `baseDirectory`. */
export function layerOver(base: Layer, baseDirectory: string, content: LayerContent): Layer {
  const { name, description, packages, source } = content;
  const inputs = [layerScript, ...content.inputs.flatMap((input) => filesAt(path.join(source, input)))];
  return {
    name,
    description,
    hash: digest([
      `${recipe} ${base.hash}`,
      ...packages,
      ...inputs.flatMap((file) => [path.relative(projectRoot, file), fs.readFileSync(file)]),
    ]),
    async build(directory, scratch, onLine) {
      const config = path.join(scratch, 'config');
      buildConfiguration(config, suite);
      const pipCache = path.join(cacheDir(), 'pip');
      fs.mkdirSync(pipCache, { recursive: true });
      await isolated(
        ['bash', layerScript, baseDirectory, directory, scratch, config, source, pipCache, ...packages],
        onLine,
      );
    },
  };
}

function filesAt(fileOrFolder: string): string[] {
  return fs.statSync(fileOrFolder).isDirectory() ? filesUnder(fileOrFolder) : [fileOrFolder];
}
