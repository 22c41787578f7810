import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { readerBeside } from '../../lib/paths';
import { parseLab, planFiles, planLab, planText, type StepPlan } from '../../model';
import {
  cacheText,
  dcnStorageText,
  devText,
  existingText,
  multistoreText,
  openstackText,
  racksText,
} from './labs';

/*
 * The complete plans of some labs as files: the diff of a change shows its effect on them.
 * GOLDEN=write npx jest test/model/golden writes them anew.
 */
const golden = path.join(__dirname, 'golden');
const own = (name: string) => fs.readFileSync(path.join(golden, `Pulumi.${name}.yaml`), 'utf8');
const labs = {
  dev: devText,
  multistore: multistoreText,
  cache: cacheText,
  wide: own('wide'),
  outside: own('outside'),
  existing: existingText,
  dcnstorage: dcnStorageText,
  openstack: openstackText,
  racks: racksText,
  tls: own('tls'),
  roles: own('roles'),
};

/** The parts of a step that are not in the site's folder. */
function rest({ name, needs, inputs, results, files, fragments, lock, limitMinutes, teardown }: StepPlan) {
  return { name, needs, inputs, results, files: Object.keys(files), fragments, lock, limitMinutes, teardown };
}

function filesOf(name: string, text: string): Record<string, string> {
  const lab = parseLab(name, text, readerBeside(path.join(golden, `Pulumi.${name}.yaml`)));
  const plan = planLab(lab);
  const summary = { ...plan, sites: plan.sites.map((site) => ({ ...site, steps: site.steps.map(rest) })) };
  const folders = Object.entries(planFiles(planLab(lab))).flatMap(([site, files]) =>
    Object.entries(files).map(([file, content]) => [`${site}/${file}`, content]),
  );
  return {
    'plan.txt': `${planText(lab, plan)}\n`,
    'plan.yaml': stringify(summary, { lineWidth: 0, aliasDuplicateObjects: false }),
    ...(Object.fromEntries(folders) as Record<string, string>),
  };
}

function read(directory: string): Record<string, string> {
  const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => fs.statSync(path.join(directory, file)).isFile())
    .map((file) => [file, fs.readFileSync(path.join(directory, file), 'utf8')]);
  return Object.fromEntries(texts) as Record<string, string>;
}

function write(directory: string, files: Record<string, string>): void {
  fs.rmSync(directory, { recursive: true, force: true });
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    fs.writeFileSync(path.join(directory, file), text);
  }
}

test.each(Object.entries(labs))('plan of lab %s', (name, text) => {
  const directory = path.join(golden, name);
  const files = filesOf(name, text);
  if (process.env.GOLDEN === 'write') {
    write(directory, files);
  }
  expect(files).toEqual(read(directory));
});
