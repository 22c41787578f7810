import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { quote } from '../../lib/quote';
import { planLab } from '../../model';
import { killedDeploy } from '../sandbox/killedDeploy';
import { shippedFiles } from '../model/labs';
import { onlyInstalled, optionsIn, wallaby } from './contract';
import { exceptions } from './exceptions';
import { expectedFacts } from './facts';
import { faults } from './faults';
import { StackPhases, removeSharedDirectory } from './stackPhases';
import { fileOf, plantedIn, wrongNetworks } from './wrongNetworks';

/*
 * The whole stack phase of every site of every shipped lab file, with TripleO's own client, templates and Heat, by the
 * plan's files and commands, on an undercloud of the sandbox. The result is compared with the model's plan. Then wrong
 * environments, which the stack phase of the mode `quick` and the real one must both refuse. `TRIPLEO_LABS=dev,cache` chooses
 * lab files. Each test of a lab builds on the tests before it.
 */
const minutes = (count: number): number => count * 60_000;

const chosen = process.env.TRIPLEO_LABS?.split(',');
const files = shippedFiles.filter((file) => !chosen || chosen.includes(nameOf(file)));

const underclouds = files.map((file) => new StackPhases(file));

/** Rows of the table that is printed at the end; `site` names lab and site. */
const rows: { site: string; seconds: number; facts: number }[] = [];

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

/** The output of undercloud/undeclared.py: by undeclared parameter, the files that set it. */
interface Undeclared {
  undeclared: Record<string, string[]>;
}

function isException(parameter: string, setter: string): boolean {
  return exceptions.some(({ name, from }) => name.test(parameter) && from.test(setter));
}

/** A shell command that succeeds once the ephemeral Heat of the mode `full` has written a stack into its database. */
function stackInDatabase(stack: string): string {
  const database = `file:/home/stack/overcloud-deploy/${stack}/heat-launcher/heat.sqlite.db?mode=ro`;
  const query = `execute("SELECT 1 FROM stack WHERE name = ?", ["${stack}"])`;
  const program = `import sqlite3, sys; sys.exit(not sqlite3.connect("${database}", uri=True).${query}.fetchone())`;
  return `python3 -c ${quote(program)} 2> /dev/null`;
}

function nameOf(file: string): string {
  return path.basename(file).split('.')[1] as string;
}

afterAll(async () => {
  // Also removes a lab whose tests did not run.
  for (const undercloud of underclouds) {
    await undercloud.cleanUp();
  }
  removeSharedDirectory();
  const total = (pick: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + pick(row), 0);
  for (const { site, seconds, facts } of rows) {
    print(`${site.padEnd(32)} ${seconds.toFixed(0).padStart(5)} s ${`${facts}`.padStart(5)} facts`);
  }
  const sum = `${rows.length} sites`;
  print(
    `${sum.padEnd(32)} ${total((row) => row.seconds)
      .toFixed(0)
      .padStart(5)} s ${`${total((row) => row.facts)}`.padStart(5)} facts`,
  );
}, minutes(10));

it('finds the shipped lab files', () => {
  expect(files).not.toEqual([]);
  expect(shippedFiles).toContain('examples/multistore/Pulumi.multistore.yaml');
});

describe.each(files)('%s', (file) => {
  const undercloud = underclouds[files.indexOf(file)] as StackPhases;
  const stacks = undercloud.stacks.map(({ name }) => name);

  beforeAll(async () => {
    const started = Date.now();
    await undercloud.prepare();
    // The next lab comes up meanwhile; its own tests report a failure.
    underclouds[files.indexOf(file) + 1]?.prepare().catch(() => undefined);
    print(
      `${nameOf(file)}: networks, nodes, roles and Ceph are ready after ${((Date.now() - started) / 1000).toFixed(0)} s`,
    );
  }, minutes(40));

  afterAll(() => undercloud.cleanUp(), minutes(3));

  it.each(stacks)(
    'has a site %s whose stack phase gives the facts of the model’s plan',
    async (name) => {
      const site = planLab(undercloud.lab).sites.find((other) => other.name === name);
      if (!site) {
        throw new Error(`no site ${name}`);
      }
      const { output, seconds } = await undercloud.stackPhase(name);
      expect(output).toMatch(/Stack .*CREATE_COMPLETE/);
      const found = await undercloud.facts(site);
      const fsids = await undercloud.program<Record<string, string>>('fsids.py', site.stack);
      const expected = expectedFacts(undercloud.lab, site, fsids);
      const count = Object.keys(expected).length;
      rows.push({ site: `${nameOf(file)}/${name}`, seconds, facts: count });
      print(`${nameOf(file)}/${name}: stack phase ${seconds.toFixed(0)} s, ${count} facts`);
      expect(found).toEqual(expected);
      const files = undercloud.environmentFiles(name);
      const { undeclared } = await undercloud.program<Undeclared>('undeclared.py', site.stack, ...files);
      const unknown = Object.entries(undeclared).filter(([parameter, setters]) =>
        setters.some((setter) => !isException(parameter, setter)),
      );
      expect(unknown).toEqual([]);
    },
    minutes(30),
  );

  it.each(stacks)(
    'has a site %s whose hosts pass TripleO’s own plays, pings of routers among them, and know one another by name',
    async (name) => {
      const site = undercloud.sites.find((other) => other.name === name)!;
      const started = Date.now();
      const hosts = await undercloud.plays(site);
      print(`${nameOf(file)}/${name}: plays ${((Date.now() - started) / 1000).toFixed(0)} s`);
      expect(Object.keys(hosts)).toHaveLength(site.nodes.length);
      for (const text of Object.values(hosts)) {
        expect(text).toContain(`START_HOST_ENTRIES_FOR_STACK: ${site.stack}`);
        for (const node of site.nodes) {
          expect(text).toMatch(new RegExp(`^${node.addresses.ctlplane} ${node.name}\\.ctlplane\\.`, 'm'));
        }
      }
    },
    minutes(30),
  );

  if (['racks', 'dcnstorage'].includes(nameOf(file))) {
    const last = undercloud.stacks.findLast(({ kind }) => kind === 'edge')!;
    const { subnet, roles } = plantedIn(last);

    it.each(wrongNetworks.filter(({ applies }) => applies(subnet)))(
      'has facts of the last site that show $name',
      async (fault) => {
        const path = fileOf(fault, last);
        const right = await undercloud.read(path);
        const fsids = await undercloud.program<Record<string, string>>('fsids.py', last.stack);
        const expected = expectedFacts(undercloud.lab, last, fsids);
        await undercloud.write(path, fault.plant(right, subnet));
        await undercloud.setMode('quick');
        try {
          await undercloud.ok(undercloud.stackCommand(last.name));
          const found = await undercloud.facts(last);
          const different = Object.keys({ ...expected, ...found }).filter(
            (fact) => !isDeepStrictEqual(found[fact], expected[fact]),
          );
          const ofRoles = roles.map((role) => `role/${role}/network ${subnet.network}`);
          expect(different.sort()).toEqual(
            [...ofRoles, ...(fault.inNeutron ? [`subnet/${subnet.name}`] : [])].sort(),
          );
        } finally {
          await undercloud.setMode('full');
          await undercloud.write(path, right);
        }
      },
      minutes(5),
    );
  }

  if (file !== 'Pulumi.dev.yaml') {
    return;
  }

  it(
    'has a site dcn0 whose hosts do not pass TripleO’s ping of a gateway that does not exist',
    async () => {
      const { code, output } = await undercloud.playsWithoutGateway(
        undercloud.sites.find(({ name }) => name === 'dcn0')!,
      );
      expect(output).toMatch(/RETRY[^\n]*Check Default IPv4 Gateway availability/);
      expect(code).not.toBe(0);
    },
    minutes(5),
  );

  it(
    'has a client with all options of Wallaby’s, and others only where known',
    async () => {
      for (const [verb, known] of Object.entries(wallaby)) {
        const { output } = await undercloud.ok(`openstack ${verb} --help`);
        const options = known.filter((word) => word.startsWith('-'));
        const expected = [...options, ...(onlyInstalled[verb] ?? [])];
        expect([verb, ...optionsIn(output).sort()]).toEqual([verb, ...expected.sort()]);
      }
    },
    minutes(5),
  );

  it(
    'finds in Heat the stack that a killed deploy has left, except with --rm-heat, as in the plan',
    async () => {
      const command = undercloud.stackCommand('dcn0');
      const killed = killedDeploy(command, stackInDatabase('dcn0'));
      await undercloud.ok(killed);
      const found = await undercloud.script(command.replace(' --rm-heat', ''));
      expect(found.output).toContain('The Stack (dcn0) already exists');
      expect(found.code).not.toBe(0);
      await undercloud.ok(killed);
      expect((await undercloud.ok(command)).output).toMatch(/Stack .*CREATE_COMPLETE/);
    },
    minutes(30),
  );

  const verdicts = new Map<string, { quick: boolean; real: boolean }>();

  describe('of wrong environments', () => {
    const site = 'dcn0';

    /** Runs a stack phase with a wrong environment. */
    async function verdict(fault: (typeof faults)[number]): Promise<{ refused: boolean; output: string }> {
      const more = [...(fault.arguments ?? [])];
      if (fault.environment !== undefined) {
        await undercloud.write('fault.yaml', fault.environment);
        more.push('-e', 'fault.yaml');
      }
      const line = undercloud.stackCommand(site, fault.without);
      const { code, output } = await undercloud.script(`${line} ${more.join(' ')}`);
      return { refused: code !== 0, output };
    }

    it.each(faults)(
      'are refused by the sandbox as by TripleO: $name',
      async (fault) => {
        const started = Date.now();
        await undercloud.setMode('full');
        const real = await verdict(fault);
        const between = Date.now();
        await undercloud.setMode('quick');
        const quick = await verdict(fault);
        await undercloud.setMode('full');
        verdicts.set(fault.name, { quick: quick.refused, real: real.refused });
        const took = (from: number, to: number) => `${((to - from) / 1000).toFixed(0)} s`;
        print(
          `wrong: ${fault.name}: TripleO ${took(started, between)}, the sandbox ${took(between, Date.now())}`,
        );
        expect({ real: real.refused, quick: quick.refused }).toEqual({ real: true, quick: true });
        expect(real.output).toMatch(fault.message);
        expect(quick.output).toMatch(fault.message);
      },
      minutes(10),
    );

    it('are twenty or more', () => {
      expect(verdicts.size).toBeGreaterThanOrEqual(20);
    });
  });
});
