import { lossText } from '../../cli/siteLost';

const image = (name: string, onlyHere: boolean) => ({ name, id: `id-of-${name}`, onlyHere });

test('the images that are deleted with a lost site are listed one by one', () => {
  const images = [image('a', true), image('b', false), image('c', true)];
  expect(lossText({ site: 'dcn1', store: 'edge', images })).toBe(
    'site dcn1: 2 images have their only copy in store edge, and will be deleted:\n' +
      '  a (id-of-a)\n  c (id-of-c)\n  1 more image has a copy in it and elsewhere.',
  );
  const [, listed] = lossText({ site: 'dcn1', store: 'edge', images: [image('a\x1b[2J\nb', true)] }).split(
    '\n',
  );
  expect(listed).toMatch(/^ {2}a\?\[2J\?b \(/);
  expect(lossText({ site: 'dcn1', store: 'dcn1', images: [] })).toBe(
    'site dcn1: no image has its only copy in store dcn1.',
  );
  expect(lossText({ site: 'central', store: null, images: [] })).toBe(
    'site central: the control plane has no store of this site.',
  );
});
