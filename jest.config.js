const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/** Two projects: the parts by themselves, and what needs hosts of the sandbox, one test file after the other. */
/** @type {import('jest').Config} */
module.exports = {
  // What a test does takes as long as the machine is busy; jest's own 5 s are for pure functions.
  testTimeout: 60_000,
  projects: [
    { ...base, displayName: 'parts', roots: ['<rootDir>/test'], testPathIgnorePatterns: ['/test/sandbox/'] },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
  ],
};
