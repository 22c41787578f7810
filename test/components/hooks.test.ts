import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { TestLab, before, type Run } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());

const folder = path.join(path.dirname(lab.file), 'hooks');
const script = '#!/usr/bin/env bash\ntrue\n';

/** A run of dcn0 with a hook after `ceph deploy` and one before the configuration. */
function run(text: string): Promise<Run> {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'x.sh'), text);
  const hooks = 'hooks: { before: { overcloud-config: hooks/x.sh }, after: { ceph-deploy: hooks/x.sh } }';
  lab.write(lab.shipped().replace('dcn0: {', `dcn0: { ${hooks},`));
  return lab.run('dev-dcn0');
}

test('hooks are resources of their own, in the order of the plan, with their scripts in the preview', async () => {
  const found = await run(script);
  const names = [
    'dcn0-after-ceph-deploy',
    'dcn0-overcloud-stack',
    'dcn0-before-overcloud-config',
    'dcn0-overcloud-config',
  ];
  for (const [position, name] of names.entries()) {
    const earlier = ['dcn0-ceph-deploy', ...names.slice(0, position)];
    expect([name, earlier.filter((other) => !before(found, name).has(other))]).toEqual([name, []]);
  }
  const document = (result: Run) =>
    parse(String(result.named('dcn0-after-ceph-deploy').inputs.stdin)) as { files: Record<string, string> };
  expect(document(found).files).toEqual({ 'dcn0/hooks/after-ceph-deploy.sh': script });
  const changed = await run(`${script}# more\n`);
  expect(document(changed).files).toEqual({ 'dcn0/hooks/after-ceph-deploy.sh': `${script}# more\n` });
});
