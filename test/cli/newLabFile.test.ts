import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeNewLabFile } from '../../cli/newLabFile';
import { UserError } from '../../lib/userError';
import { folderOfEachTest } from '../folderOfEachTest';

jest.mock('node:fs', () => {
  const real = jest.requireActual<typeof fs>('node:fs');
  return { ...real, writeFileSync: jest.fn(real.writeFileSync) };
});

const folder = folderOfEachTest();
const file = (): string => path.join(folder(), 'Pulumi.new.yaml');

test('a lab file is written, and nothing beside it', () => {
  writeNewLabFile(file(), 'config: {}\n');
  expect(fs.readFileSync(file(), 'utf8')).toBe('config: {}\n');
  expect(fs.readdirSync(folder())).toEqual(['Pulumi.new.yaml']);
});

test('a lab file that another process has written meanwhile stays', () => {
  fs.writeFileSync(file(), 'first');
  expect(() => writeNewLabFile(file(), 'second')).toThrow(UserError);
  expect(fs.readFileSync(file(), 'utf8')).toBe('first');
  expect(fs.readdirSync(folder())).toEqual(['Pulumi.new.yaml']);
});

test('a full disk leaves no part of a lab file', () => {
  jest.mocked(fs.writeFileSync).mockImplementationOnce((to) => {
    fs.appendFileSync(to, 'con');
    throw new Error('ENOSPC: no space left on device, write');
  });
  expect(() => writeNewLabFile(file(), 'config: {}\n')).toThrow(
    `${file()}: ENOSPC: no space left on device, write. Name a lab file where you may write, after --lab.`,
  );
  expect(fs.readdirSync(folder())).toEqual([]);
});
