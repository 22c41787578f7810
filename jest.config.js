const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/**
 * The parts by themselves; what needs hosts of the sandbox, one test file after the other; and what takes so long that it is
 * no part of `npm test`: what repeats that (`npm run test:soak`), and every lab file before TripleO's own Heat
 * (`npm run test:tripleo`).
 */
/** @type {import('jest').Config} */
module.exports = {
  // What a test does takes as long as the machine is busy; jest's own 5 s are for pure functions.
  testTimeout: 60_000,
  projects: [
    {
      ...base,
      displayName: 'parts',
      roots: ['<rootDir>/test'],
      testPathIgnorePatterns: ['/test/(sandbox|soak|tripleo)/'],
    },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
    { ...base, displayName: 'soak', roots: ['<rootDir>/test/soak'] },
    { ...base, displayName: 'tripleo', roots: ['<rootDir>/test/tripleo'] },
  ],
};
