import { type Box, element, picture, rect, text } from '../cli/pictures/svg';

/*
 * docs/rooms.svg: the rooms of the project and the values that flow between them. The middle column leads from the lab file
 * to the hosts; on the left is the command line, which starts each step; on the right are the rooms that the steps use.
 */

const styles = {
  room: 'fill:#eef3f9;stroke:#4a6d94;stroke-width:1.5',
  thing: 'fill:#fbf6e9;stroke:#a98b3c;stroke-width:1.5',
  undercloud: 'fill:#f6f6f6;stroke:#9a9a9a;stroke-dasharray:5 4',
  name: 'font-size:15px;font-weight:bold;fill:#1c2733',
  words: 'font-size:12px;fill:#3c4856',
  flow: 'stroke:#1c2733;stroke-width:2;fill:none;marker-end:url(#flow-end)',
  call: 'stroke:#4a6d94;stroke-width:1.5;fill:none;marker-end:url(#call-end)',
  flowEnd: 'fill:#1c2733',
  callEnd: 'fill:#4a6d94',
  value: 'font-size:12px;font-style:italic;fill:#1c2733',
  verb: 'font-size:12px;font-style:italic;fill:#4a6d94',
};

const size = { width: 1000, height: 770 };
const margin = 20;
const left = { x: margin, width: 170 };
const middle = { x: 350, width: 330 };
const right = { x: 810, width: 170 };
const center = middle.x + middle.width / 2;

/** The rooms between the lab file and the hosts, from top to bottom, with the value that each gives to the next. */
const steps = [
  {
    box: { y: 20, height: 60 },
    name: 'Pulumi.<lab>.yaml',
    words: ['the lab file: sites, nodes, images'],
    gives: 'YAML',
  },
  {
    box: { y: 120, height: 78 },
    name: 'model/',
    words: [
      'labfile/: read, resolve every default, check',
      'tripleo/: files and commands of each site',
      'import/: a lab file of a survey',
    ],
    gives: 'plan of a site',
  },
  {
    box: { y: 238, height: 60 },
    name: 'stacks/',
    words: ["one program per stack; reads other stacks' outputs"],
    gives: "plan, undercloud's address",
  },
  {
    box: { y: 338, height: 60 },
    name: 'components/',
    words: ['nodes, jobs, store, images: one resource each'],
    gives: 'verb and document, by SSH',
  },
  {
    box: { y: 464, height: 78 },
    name: 'kit/',
    words: ['Python: jobs with lock, log and time limit;', 'stores, images, caches, servers'],
    gives: 'openstack overcloud …, ssh, rbd',
  },
  {
    box: { y: 600, height: 60 },
    name: 'nodes',
    words: ['the hosts of every site: TripleO, Ceph, Glance, Nova'],
  },
] as const;

const [labFile, model, stacks, components, kit, nodes] = steps.map(({ box }) => ({ ...middle, ...box })) as [
  Box,
  Box,
  Box,
  Box,
  Box,
  Box,
];
const undercloud: Box = {
  x: middle.x - 12,
  y: kit.y - 32,
  width: middle.width + 24,
  height: kit.height + 44,
};
const cli: Box = { ...left, y: 120, height: 570 };
const toolchain: Box = { ...right, y: 228, height: 80 };
const sandbox: Box = { ...right, y: 464, height: 226 };
const lib: Box = { x: margin, y: 710, width: size.width - 2 * margin, height: 46 };

/** The rooms, and the values that flow between them, as an SVG picture. */
export function roomsSvg(): string {
  return picture(
    size,
    styles,
    'The rooms of glance-dcn: the lab file goes through model, stacks, components and kit to the hosts; cli starts each ' +
      'step, toolchain provides Pulumi, sandbox the hosts and the undercloud',
    [
      element('defs', {}, [arrowHead('flow'), arrowHead('call')]),
      rect(undercloud, 'undercloud'),
      text(undercloud.x + 10, undercloud.y + 19, 'the undercloud', 'words'),
      ...steps.map(({ name, words }, index) => room(boxOf(index), name, words, index === 0 || index === 5)),
      ...steps.flatMap((step, index) =>
        'gives' in step ? [flow(boxOf(index), boxOf(index + 1), step.gives)] : [],
      ),
      room(cli, 'cli/', [
        './dcn',
        '',
        'commands/: verbs',
        'run/: all stacks of',
        'a lab, side by side',
        'preview/',
        'proofs/: clones,',
        'downloads, servers',
        'pictures/',
      ]),
      room(toolchain, 'toolchain/', ["Pulumi's CLI and", 'plugins, taken or built']),
      room(sandbox, 'sandbox/', [
        'hosts/, network/,',
        'image/, undercloud/:',
        'a lab without',
        'hardware, on this',
        'machine',
      ]),
      room(lib, 'lib/', ['paths, locks, atomic writes, quoting: for all TypeScript rooms; knows no lab']),
      call(rightOf(cli), middleOf(model), model.x, 'plan, topology'),
      call(rightOf(cli), middleOf(stacks), stacks.x, 'pulumi up, preview'),
      call(rightOf(cli), middleOf(kit), undercloud.x, 'verbs, by SSH'),
      call(rightOf(cli), 681, sandbox.x, 'up, down'),
      call(toolchain.x, middleOf(stacks), rightOf(stacks), 'pulumi'),
      call(sandbox.x, middleOf(kit), rightOf(undercloud), 'makes'),
      call(sandbox.x, middleOf(nodes), rightOf(nodes), 'makes'),
      elbow(),
    ],
  );
}

function boxOf(index: number): Box {
  return [labFile, model, stacks, components, kit, nodes][index] as Box;
}

function rightOf({ x, width }: Box): number {
  return x + width;
}

function middleOf({ y, height }: Box): number {
  return y + height / 2;
}

function arrowHead(name: 'flow' | 'call'): string {
  return element(
    'marker',
    {
      id: `${name}-end`,
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 9,
      markerHeight: 9,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    [element('path', { d: 'M0,0 L10,5 L0,10 Z', class: `${name}End` })],
  );
}

/** A room: its name, and below it lines of words, centred. */
function room(box: Box, name: string, words: readonly string[], isThing = false): string {
  const middleX = box.x + box.width / 2;
  const top = middleOf(box) - (words.length * 17) / 2;
  return [
    rect(box, isThing ? 'thing' : 'room'),
    text(middleX, top + 4, name, 'name', 'middle'),
    ...words.map((line, index) => text(middleX, top + 24 + index * 17, line, 'words', 'middle')),
  ].join('');
}

/** An arrow from a room of the middle column to the room below it, with the value. */
function flow(from: Box, to: Box, value: string): string {
  const [start, end] = [from.y + from.height, to.y];
  return (
    element('path', { d: `M${center},${start} L${center},${end}`, class: 'flow' }) +
    text(center + 10, start + 25, value, 'value')
  );
}

/** An arrow from one room to another at the same height, with the request in the middle. */
function call(from: number, y: number, to: number, request: string, labelAt = (from + to) / 2): string {
  return (
    element('path', { d: `M${from},${y} L${to},${y}`, class: 'call' }) +
    text(labelAt, y - 7, request, 'verb', 'middle')
  );
}

/** The arrow from the component of the sandbox's nodes to the sandbox. */
function elbow(): string {
  const [start, y, end] = [rightOf(components), middleOf(components), right.x + right.width / 2];
  return (
    element('path', { d: `M${start},${y} L${end},${y} L${end},${sandbox.y}`, class: 'call' }) +
    text((start + end) / 2, y - 7, 'sandbox node create', 'verb', 'middle')
  );
}
