import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** Path of a value in a file: keys and list positions from the top. */
export type Path = (string | number)[];

/** A YAML text with the lines of its values. */
export class LabText {
  private readonly lines = new LineCounter();
  readonly document: Document.Parsed;

  /** @param version of YAML: Pulumi reads 1.2, TripleO 1.1, in which 010 is 8, and yes is true */
  constructor(text: string, version: '1.1' | '1.2' = '1.2') {
    this.document = parseDocument(text, { version, lineCounter: this.lines, prettyErrors: false });
  }

  /** Line, from 1 on, of the key at a path, or of the deepest value above it that is in the file. */
  lineOf(path: Path): number | undefined {
    let node: unknown = this.document.contents;
    let offset = (node as Node | null)?.range?.[0];
    for (const segment of path) {
      if (isAlias(node)) {
        node = node.resolve(this.document);
      }
      if (isMap(node)) {
        // The last of two equal keys counts, as in the values that are read.
        const pair = node.items
          .filter((item) => isScalar(item.key) && String(item.key.value) === String(segment))
          .at(-1);
        if (!pair) {
          break;
        }
        offset = (pair.key as Node).range?.[0];
        node = pair.value;
      } else if (isSeq(node) && typeof segment === 'number') {
        node = node.items[segment];
        offset = (node as Node | undefined)?.range?.[0] ?? offset;
      } else {
        break;
      }
    }
    return offset === undefined ? undefined : this.lines.linePos(offset).line;
  }

  lineAt(offset: number): number {
    return this.lines.linePos(offset).line;
  }

  /** Path of the value at an offset of the text. */
  pathAt(offset: number): Path {
    const path: Path = [];
    let node: unknown = this.document.contents;
    for (;;) {
      if (isMap(node)) {
        const pair = node.items.filter((item) => startOf(item.key) <= offset).at(-1);
        if (!pair || !isScalar(pair.key)) {
          return path;
        }
        path.push(String(pair.key.value));
        node = pair.value;
      } else if (isSeq(node)) {
        const position = node.items.filter((item) => startOf(item) <= offset).length - 1;
        if (position < 0) {
          return path;
        }
        path.push(position);
        node = node.items[position];
      } else {
        return path;
      }
      if (startOf(node) > offset) {
        return path;
      }
    }
  }
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? Infinity;
}
