import * as fc from 'fast-check';
import { parseDocument } from 'yaml';
import { siteDocument, type SitePlan, type StepName, stepRevision } from '../../model';
import { environments, labs, names, overclouds, plan, runs, step } from './anyLab';

test('-e gets TripleO’s files, then results of earlier verbs, ours, the lab file’s, and the store fragments last', () => {
  const directory = '/home/stack/dcn/dev/';
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      for (const site of overclouds(plan(sites, named))) {
        const { commands, files, inputs } = step(site, 'overcloud-stack');
        const order = environments(commands[0]!);
        const own = Object.keys(files).map((file) => directory + file);
        const written = site.steps.flatMap(({ results }) => results.map((file) => directory + file));
        const user = sites[site.name]!.environments ?? [];
        expect(siteDocument(site).environments ?? []).toEqual(user);
        const fragments = Object.values(step(site, 'overcloud-stack').fragments ?? {}).map(
          (file) => directory + file,
        );
        const rank = (file: string) => {
          if (file.startsWith('/usr/share/openstack-tripleo-heat-templates/')) {
            return 0;
          }
          if (inputs.includes(file.slice(directory.length))) {
            return 1;
          }
          if (fragments.includes(file)) {
            return 6;
          }
          if (file === `${directory}${site.name}/parameters.yaml`) {
            return 5;
          }
          if (user.includes(file)) {
            return 4;
          }
          if (own.includes(file)) {
            return 3;
          }
          expect(written).toContain(file);
          return 2;
        };
        const ranks = order.map(rank);
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        expect(new Set(order).size).toBe(order.length);
        expect(order.slice(order.length - fragments.length)).toEqual(fragments);
        expect(fragments.length).toBe(site.kind === 'control-plane' ? 2 : 0);
        expect(order.join(' ')).not.toMatch(/network-isolation|\/net-/);
        // Every file of the step is passed.
        for (const file of own) {
          expect(order).toContain(file);
        }
      }
    }),
    runs,
  );
});

test('both phases of a deployment have the same arguments', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      for (const site of overclouds(plan(sites, named))) {
        const [stack] = step(site, 'overcloud-stack').commands;
        const [config] = step(site, 'overcloud-config').commands;
        expect(config!.at(-1)).toBe('--config-download-only');
        expect(stack).toEqual([...config!.slice(0, -1), '--rm-heat', '--stack-only']);
      }
    }),
    runs,
  );
});

test('a step needs only earlier steps, and reads only its own files and those that earlier steps or sites made', () => {
  const directory = '/home/stack/dcn/dev/';
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      const exported = new Set<string>();
      for (const site of plan(sites, named)) {
        const known = new Set<string>(['kit']);
        const done = new Set<StepName>();
        for (const { name, needs, files, inputs, commands, fragments, results } of site.steps) {
          for (const needed of needs) {
            expect(done).toContain(needed);
          }
          for (const file of [...Object.keys(files), ...inputs, ...Object.values(fragments ?? {})]) {
            known.add(file);
          }
          for (const file of inputs) {
            expect(exported).toContain(file);
          }
          const mentioned = commands.flat().filter((word) => word.startsWith(directory));
          for (const word of mentioned) {
            expect([...known, ...results]).toContain(word.slice(directory.length));
          }
          for (const file of results) {
            known.add(file);
          }
          for (const [file, text] of Object.entries(files)) {
            if (file.endsWith('.yaml')) {
              expect(parseDocument(text, { version: '1.1' }).errors).toEqual([]);
            }
          }
          done.add(name);
        }
        if (site.kind !== 'edge') {
          site.steps.forEach(({ results }) => results.forEach((file) => exported.add(file)));
        }
      }
    }),
    runs,
  );
});

test('only the first site with nodes, on which all others build, deletes the networks', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      const plans = plan(sites, named).filter(({ nodes }) => nodes.length > 0);
      const deleters = plans.filter((site) =>
        step(site, 'network-provision').teardown.flat().includes('unprovision'),
      );
      expect(deleters.map(({ name }) => name)).toEqual([plans[0]!.name]);
    }),
    runs,
  );
});

test('a revision changes exactly when the step’s commands or files change, or those of a step that it needs', () => {
  fc.assert(
    fc.property(
      labs,
      names,
      fc.nat(),
      fc.constantFrom('files', 'commands', 'limitMinutes', 'teardown'),
      (sites, named, pick, what) => {
        const [site] = plan(sites, named).slice(-1) as [SitePlan];
        const changed = structuredClone(site);
        const target = changed.steps[pick % changed.steps.length]!;
        if (what === 'files') {
          target.files[`${site.name}/more.yaml`] = 'a: 1\n';
        } else if (what === 'commands') {
          target.commands.push(['true']);
        } else if (what === 'limitMinutes') {
          target.limitMinutes += 1;
        } else {
          target.teardown.push(['true']);
        }
        const matters = what === 'files' || what === 'commands';
        for (const { name } of site.steps) {
          const differs = stepRevision(changed, name) !== stepRevision(site, name);
          expect(differs).toBe(matters && closure(site, name).has(target.name));
        }
        expect(stepRevision(structuredClone(site), target.name)).toBe(stepRevision(site, target.name));
      },
    ),
    runs,
  );
});

/** A step and all it needs, directly or not. */
function closure(site: SitePlan, name: StepName): Set<StepName> {
  const found = new Set([name]);
  for (const each of found) {
    step(site, each).needs.forEach((needed) => found.add(needed));
  }
  return found;
}

test('no command or file of a plan holds a key', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      expect(JSON.stringify(plan(sites, named))).not.toMatch(
        /[A-Za-z0-9+/]{38}==|ceph-client-key|CephClientKey/,
      );
    }),
    runs,
  );
});
