import * as fs from 'node:fs';
import { within } from './undercloud';

jest.setTimeout(60_000);

describe('a faulty document', () => {
  test.concurrent(
    'is refused with all its faults, and nothing is touched',
    within(async (here) => {
      const { code, stdout, stderr } = await here.run(
        [
          'job: dcn0',
          'directory: /somewhere',
          'files: {/etc/passwd: x, ../up: y}',
          'commands: [openstack x]',
          'limitMinutes: soon',
          'comands: []',
        ].join('\n'),
      );
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      for (const fault of [
        /job: 'dcn0' does not match/,
        /directory: is '\/somewhere', but this kit belongs to/,
        /files: '\/etc\/passwd' must be a path below/,
        /files: '\.\.\/up' must be a path below/,
        /commands: must be a list of argument lists/,
        /limitMinutes: must be a number above 0 and below 1000000000, is 'soon'/,
        /comands: is not a key of this document/,
      ]) {
        expect(stderr).toMatch(fault);
      }
      expect(here.exists('dcn/dev/jobs')).toBe(false);
    }),
  );

  test.concurrent.each([
    ['', /stdin is empty, and must have the document/],
    ['a: [', /line \d+: not YAML/],
    ['just words', /must be a mapping/],
  ])('is refused: %j', (text, message) =>
    within(async (here) => {
      const { code, stderr } = await here.run(text);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    })(),
  );

  test.concurrent(
    'is refused for each missing input, with the job that writes it',
    within(async (here) => {
      here.behave('echo x >export.yaml');
      await here.run(
        here.job('control-plane/overcloud-export', {
          commands: ['openstack export'],
          results: ['export.yaml'],
        }),
      );
      fs.rmSync(here.path('dcn/dev/export.yaml'));
      const { code, stderr } = await here.run(
        here.job('dcn0/overcloud-stack', {
          commands: ['openstack x'],
          digests: { 'export.yaml': '1e5', 'other.yaml': '2' },
        }),
      );
      expect(code).toBe(2);
      expect(stderr).toMatch(/export\.yaml is missing; job control-plane\/overcloud-export writes it/);
      expect(stderr).toMatch(/other\.yaml is missing; no job on this undercloud has written it/);
      expect(here.runs('dcn0/overcloud-stack')).toBe(0);
    }),
  );
});
