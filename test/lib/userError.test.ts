import { UserError, errorText } from '../../lib/userError';
import { LabFileError } from '../../model';

test('a user-fixable error is its message alone', () => {
  expect(errorText(new UserError('bring it up first'))).toBe('bring it up first');
  expect(errorText(new LabFileError('dev', []))).toMatch(/^The lab file of dev has .*touched\.$/);
});

test('any other error keeps its stack', () => {
  expect(errorText(new TypeError('x is undefined'))).toMatch(/^TypeError: x is undefined\n +at /);
  expect(errorText('thrown')).toBe('thrown');
});
