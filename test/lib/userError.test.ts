import { UserError, errorText } from '../../lib/userError';
import { LabFileError } from '../../model';

test('of a user-fixable error only the message is printed', () => {
  expect(errorText(new UserError('bring it up first'))).toBe('bring it up first');
  expect(errorText(new LabFileError('dev', []))).toMatch(/^The lab file of dev has .*touched\.$/);
});

test('any other error is printed with its stack', () => {
  expect(errorText(new TypeError('x is undefined'))).toMatch(/^TypeError: x is undefined\n +at /);
  expect(errorText('thrown')).toBe('thrown');
});

test('a refusal by the operating system is printed with its place and remedy', () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, mkdir '/var/x'"), {
    code: 'ENOSPC',
  });
  expect(errorText(full)).toMatch(/^ENOSPC: .* mkdir '\/var\/x'\. Check your permissions and the free space/);
});
