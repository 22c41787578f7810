const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/**
 * The tests, by what they need. `npm test` runs:
 *   parts      tests of each part, without hosts of the sandbox
 *   sandbox    tests on hosts of the sandbox, one file at a time
 * CONTRIBUTING.md describes the others, each run by `npm run test:<name>`:
 *   labs       more lab files on the sandbox
 *   chaos      faults that strike verbs of a lab at random moments
 *   soak       destroying and recreating sites many times
 *   openstack  a lab on servers of an OpenStack cloud
 *   tripleo    every lab file with TripleO's own Heat
 *   full       a lab with `sandbox: { tripleo: full }`
 *
 * @type {import('jest').Config} */
module.exports = {
  // jest's default, 5 s, is too short for tests that start processes on a busy machine.
  testTimeout: 60_000,
  // Uses all cores, because most tests wait for processes. By default jest leaves one core free.
  maxWorkers: '100%',
  projects: [
    {
      ...base,
      displayName: 'parts',
      roots: ['<rootDir>/test'],
      testPathIgnorePatterns: ['/test/(sandbox|labs|chaos|soak|openstack|tripleo|full)/'],
    },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
    { ...base, displayName: 'labs', roots: ['<rootDir>/test/labs'] },
    { ...base, displayName: 'chaos', roots: ['<rootDir>/test/chaos'] },
    { ...base, displayName: 'soak', roots: ['<rootDir>/test/soak'] },
    { ...base, displayName: 'openstack', roots: ['<rootDir>/test/openstack'] },
    { ...base, displayName: 'tripleo', roots: ['<rootDir>/test/tripleo'] },
    { ...base, displayName: 'full', roots: ['<rootDir>/test/full'] },
  ],
};
