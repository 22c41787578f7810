import { createHash } from 'node:crypto';
import type * as http from 'node:http';
import { stringify } from 'yaml';
import { ensure, lab, sha512 } from './imageLab';
import { disk, expectNoRoom, fromUrl, mib, served, sha256, workFiles } from './imageSource';

jest.setTimeout(90_000);

describe('a URL', () => {
  /** Answers with the disk, as a server that continues downloads, and cuts each answer after `most` bytes. */
  const cutting =
    (
      most: number,
      requests: http.IncomingHttpHeaders[],
      headers: http.OutgoingHttpHeaders,
    ): http.RequestListener =>
    (request, response) => {
      requests.push(request.headers);
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        ...headers,
        'Content-Length': disk.length - from,
        ...(from > 0 && { 'Content-Range': `bytes ${from}-${disk.length - 1}/${disk.length}` }),
      });
      response.write(disk.subarray(from, from + most), () => response.destroy());
    };

  test.concurrent(
    'is continued where its transfer was cut, if the server names its version',
    lab(async (here, glance) => {
      const requests: http.IncomingHttpHeaders[] = [];
      await served(cutting(400_000, requests, { ETag: '"v1"' }), async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url, { source: { url, sha256: sha256(disk) } }));
        expect({ code, stderr }).toMatchObject({ code: 0 });
        expect(stderr).toMatch(/image url: .*: ended after 400000 of 1048576 bytes; attempt 1 of 5/);
      });
      expect(requests.map(({ range, 'if-range': version }) => [range, version])).toEqual([
        [undefined, undefined],
        ['bytes=400000-', '"v1"'],
        ['bytes=800000-', '"v1"'],
      ]);
      expect(glance.data('url').equals(disk)).toBe(true);
    }),
  );

  test.concurrent(
    'is fetched until the time limit, or until Ctrl-C, from a server that sends a byte now and then',
    lab(async (here, glance) => {
      const drip: http.RequestListener = (_, response) => {
        response.writeHead(200, { 'Content-Length': disk.length });
        const timer = setInterval(() => response.write('x'), 100);
        response.on('close', () => clearInterval(timer));
      };
      await served(drip, async (url) => {
        const late = await ensure(here, fromUrl(url, { limitMinutes: 0.05 }));
        expect([late.code, late.stderr]).toEqual([
          1,
          expect.stringMatching(/image url: http\S+: has sent \d+ bytes until the time limit; /) as string,
        ]);
        const running = here.start(['images', 'ensure'], stringify(fromUrl(url)));
        await running.says(/url: is being fetched/);
        running.kill('SIGINT');
        expect((await running.ended).code).toBe(130);
      });
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'is refused where its data stays shorter than announced, and nothing is left on the disk',
    lab(async (here, glance) => {
      const requests: http.IncomingHttpHeaders[] = [];
      await served(cutting(1000, requests, {}), async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: http:\/\/127\.0\.0\.1:\d+\/image: ended after 1000 of 1048576 bytes; can the undercloud reach it\?\n$/,
        );
        expect(stderr).not.toContain('s3cr3t');
      });
      // Without a version of the data, each attempt starts at its beginning.
      expect(requests.map(({ range }) => range)).toEqual(Array(5).fill(undefined));
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'is refused at once where the server does not have it, and its files are removed',
    lab(async (here) => {
      let requests = 0;
      const answer: http.RequestListener = (_, response) => {
        requests += 1;
        response.writeHead(404).end('<html>no such image</html>');
      };
      await served(answer, async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: .*\/image: HTTP Error 404: Not Found; correct the URL, or give access to it\n$/,
        );
      });
      expect(requests).toBe(1);
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'without a length fills the disk only up to its reserve',
    lab(async (here) => {
      const answer: http.RequestListener = (_, response) => {
        const send = (): void => void (response.destroyed || response.write(disk, () => setImmediate(send)));
        send();
      };
      await served(answer, (url) => expectNoRoom(here, 'url', () => ensure(here, fromUrl(url))));
    }),
  );

  test.concurrent(
    'by http needs its sha256, but on the undercloud itself',
    lab(async (here, glance) => {
      const data = createHash('sha256').update('').digest('hex');
      const images = [
        fromUrl('http://images.example.org/a?key=s3cr3t', { name: 'bare' }),
        fromUrl('http://images.example.org/a', {
          name: 'summed',
          source: { url: 'http://images.example.org/a', sha256: data },
        }),
        fromUrl('http://127.0.0.1.example.org/a', { name: 'lookalike' }),
        fromUrl('https://images.example.org/a', { name: 'encrypted' }),
        fromUrl('http://localhost:8088/a', { name: 'local' }),
        fromUrl('http://[::1]/a', { name: 'local6' }),
      ];
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(2);
      expect(stderr.split('\n').filter(Boolean)).toEqual([
        'image bare: http://images.example.org/a is http without sha256, and hosts between could change its data; write its sha256, or an https:// URL',
        'image lookalike: http://127.0.0.1.example.org/a is http without sha256, and hosts between could change its data; write its sha256, or an https:// URL',
      ]);
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'that gets a sha256 later keeps its image, if the data is the same; other data is another version',
    lab(async (here, glance) => {
      let data = disk;
      await served(
        (_, response) => response.end(data),
        async (url) => {
          const withSum = (sum: string): object => fromUrl(url, { source: { url, sha256: sum } });
          expect(await ensure(here, fromUrl(url))).toMatchObject({ code: 0 });
          const [id, source] = ['id', 'glance_dcn_source'].map((key) => glance.property('url', key));
          for (const changes of [1, 0]) {
            const before = glance.calls(/^PATCH/).length;
            expect(await ensure(here, withSum(sha256(disk)))).toMatchObject({ code: 0 });
            expect(glance.calls(/^PATCH/)).toHaveLength(before + changes);
          }
          expect(glance.property('url', 'id')).toBe(id);
          expect(glance.property('url', 'glance_dcn_source')).not.toBe(source);
          expect(await ensure(here, fromUrl(`${url}/other`))).toMatchObject({ code: 0 });
          data = Buffer.alloc(mib, 'another disk ');
          const other = { url: `${url}/other`, sha256: sha256(data) };
          expect(await ensure(here, fromUrl(url, { source: other }))).toMatchObject({ code: 0 });
          const versions = glance
            .versions('url')
            .map((version) => [version.os_hash_value, version.os_hidden]);
          expect(versions).toEqual([
            [sha512(disk), true],
            [sha512(disk), true],
            [sha512(data), false],
          ]);
          // The folder of the notes about settings, without a note.
          expect(workFiles(here)).toEqual(['set']);
        },
      );
    }),
  );

  test.concurrent(
    'is not followed to where its data could be changed unnoticed',
    lab(async (here) => {
      const answer: http.RequestListener = (_, response) =>
        void response.writeHead(302, { Location: 'http://images.example.org/a?key=s3cr3t' }).end();
      await served(answer, async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: http:.*\/image: is redirected to http:\/\/images\.example\.org\/a, where its data could be changed unnoticed; write sha256, or an https:\/\/ URL\n$/,
        );
      });
    }),
  );
});
