import { Document, isMap, isScalar, isCollection, type Node, type Pair, type YAMLMap, visit } from 'yaml';
import { prefix } from '../labfile/schema';
import type { LabValues } from './fit';
import type { Note } from './notes';

const inlineWidth = 90;

/** The text of a lab file, with a comment at each guessed value, or at what is left of its place. */
export function labText(values: LabValues, head: string, notes: Note[]): string {
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
  const document = new Document({ config });
  document.commentBefore = head;
  const open = new Set<unknown>();
  for (const { kind, at, what, remedy } of notes) {
    if (kind === 'guess' && at.startsWith(prefix)) {
      comment(document.get('config') as YAMLMap, at.split('.'), `Guessed: ${what}. ${remedy}.`, open);
    }
  }
  const top = [document.contents, document.get('config')];
  visit(document, {
    Collection: (_, node) => {
      if (!top.includes(node) && !open.has(node) && JSON.stringify(node).length < inlineWidth) {
        node.flow = true;
      }
    },
  });
  return document.toString({ lineWidth: 0, indentSeq: true });
}

/** Puts a comment at the deepest key of a path that there is. Flow collections have no room for comments. */
function comment(map: YAMLMap, path: string[], text: string, open: Set<unknown>): void {
  let place: Pair | undefined;
  let inside: unknown = map;
  for (const key of path) {
    const pair: Pair | undefined = isMap(inside)
      ? inside.items.find((item) => (isScalar(item.key) ? item.key.value : item.key) === key)
      : undefined;
    if (!pair) {
      break;
    }
    open.add(inside);
    place = pair;
    inside = pair.value;
  }
  const key = place?.key as Node | undefined;
  if (key) {
    const lines = new Set([...(key.commentBefore?.split('\n') ?? []), ` ${text}`]);
    key.commentBefore = [...lines].join('\n');
    if (isCollection(inside)) {
      open.add(inside);
    }
  }
}
