const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/** Two projects: the parts by themselves, and what needs hosts of the sandbox, one test file after the other. */
/** @type {import('jest').Config} */
module.exports = {
  projects: [
    { ...base, displayName: 'parts', roots: ['<rootDir>/test'], testPathIgnorePatterns: ['/test/sandbox/'] },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
  ],
};
