import { errorTexts } from '../../cli/run/events';

const error = (urn: string, message: string) =>
  errorTexts({ timestamp: 0, diagnosticEvent: { urn, message, severity: 'error' } });
const urn =
  'urn:pulumi:dev-dcn0::glance-dcn::glance-dcn:site:EdgeSite$glance-dcn:nodes:Openstack$openstack:networking/port:Port::h-0-storage';
const refused =
  '<{%reset%}>1 error occurred:\n\t* Error creating openstack_networking_port_v2: Expected HTTP response code [201 202] when ' +
  'accessing [POST http://cloud/v2.0/ports], but got 409 instead\n{"NeutronError": {"type": "IpAddressAlreadyAllocated", ' +
  '"message": "IP address 10.8.16.74 already allocated in subnet 1234", "detail": ""}}<{%reset%}>\n';

test('a refusal of a cloud becomes one sentence with its resource', () => {
  expect(error(urn, refused)).toEqual([
    'h-0-storage: IP address 10.8.16.74 already allocated in subnet 1234',
  ]);
});

test('errors of other resources stay as they are, and warnings are no errors', () => {
  const job = urn.replace('openstack:networking/port:Port', 'command:remote:Command');
  expect(error(job, 'exited with 1: {"message": "no"}')).toEqual(['exited with 1: {"message": "no"}']);
  expect(error(urn, 'timeout while waiting')).toEqual(['timeout while waiting']);
  expect(
    errorTexts({ timestamp: 0, diagnosticEvent: { urn, message: refused, severity: 'warning' } }),
  ).toEqual([]);
});
