import { IPv4, IPv6 } from 'ipaddr.js';
import * as z from 'zod';

/**
 * Text of a certain form. `patternErrorMessage` is what editors show where `pattern` does not match; also the remedy in messages.
 * @param fault message for a text of another form; the path of the value is put before it
 * @param remedy what to write instead
 */
export function text(pattern: RegExp, fault: string, remedy: string): z.ZodString {
  return z.string().regex(pattern, fault).meta({ patternErrorMessage: remedy });
}

export function anyText(): z.ZodString {
  return text(/\S/, 'is empty', 'Write a value, or leave the key out');
}

export function range(): z.ZodString {
  return z
    .string()
    .refine(isNetwork, 'is not an IPv4 network')
    .meta({ patternErrorMessage: 'Write a network address and its prefix length, such as 10.0.0.0/14' });
}

function isNetwork(cidr: string): boolean {
  if (!IPv4.isValidCIDRFourPartDecimal(cidr)) {
    return false;
  }
  return IPv4.networkAddressFromCIDR(cidr).toString() === cidr.split('/')[0];
}

export function ipv4(): z.ZodString {
  return z
    .string()
    .refine((address) => IPv4.isValidFourPartDecimal(address), 'is not an IPv4 address')
    .meta({ patternErrorMessage: 'Write four numbers from 0 to 255 with dots between them' });
}

export function ipAddress(): z.ZodString {
  return z
    .string()
    .refine(isAddress, 'is not an IP address')
    .meta({ patternErrorMessage: 'Write an address, such as 192.0.2.53' });
}

function isAddress(text: string): boolean {
  return IPv4.isValidFourPartDecimal(text) || IPv6.isValid(text);
}

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const names = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`);

export function domain(): z.ZodString {
  return text(
    names,
    'is not a DNS domain',
    'Use labels of lower-case letters, digits and inner hyphens with dots between them, such as example.com',
  );
}

/** Whether a text is an address, or a name that is not a misspelt IPv4 address. */
export function isServer(text: string): boolean {
  return isAddress(text) || (names.test(text) && !/^[0-9.]+$/.test(text));
}

export function server(): z.ZodString {
  return z
    .string()
    .refine(isServer, 'is not the name or address of a server')
    .meta({ patternErrorMessage: 'Write a DNS name in lower case or an address, such as ntp.example.com' });
}

/** Hosts look a time zone up as the path of a file, in the case that the tz database has. */
export function timeZone(): z.ZodString {
  return z
    .string()
    .refine(isTimeZone, 'is not a time zone of the tz database')
    .meta({ patternErrorMessage: 'Write a name that `timedatectl list-timezones` prints, such as Europe/Berlin' });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  return /^[A-Z]/.test(name) && !/\/[a-z]/.test(name);
}

export function port(): z.ZodInt {
  return z.int().min(1).max(65535);
}

export function absolutePath(): z.ZodString {
  return text(
    /^\/\S*$/,
    'is not an absolute path',
    'Write an absolute path on the undercloud, without blanks',
  );
}

export function relativePath(): z.ZodString {
  return text(
    /^\S+$/,
    'is not the path of a file',
    'Write a path relative to the lab file, without blanks',
  );
}

export function userName(): z.ZodString {
  return text(/^[a-z_][a-z0-9_-]*$/, 'is not the name of a user', 'Write the login name');
}

/** cephadm compares a node's name with `hostname`, and TripleO's HostnameMap carries it. */
export function hostName(): z.ZodString {
  return text(
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'is not a short host name in lower case',
    'Use lower-case letters, digits and inner hyphens, a letter first, without a domain',
  );
}

/** Heat accepts more, but the name is also part of host names, and VIPs have it in the DNS of the undercloud's Neutron. */
export function tripleoStack(): z.ZodString {
  return text(
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'is not a name for a TripleO stack',
    'Use lower-case letters, digits and inner hyphens, a letter first: host names contain it',
  );
}

export function zoneName(): z.ZodString {
  return text(
    /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/,
    'is not the name of an availability zone',
    'Use at most 255 letters, digits, dots, hyphens and underscores',
  );
}

export function siteName(): z.ZodString {
  return text(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'is not the name of a site',
    'Use at most 32 lower-case letters, digits and inner hyphens, a letter first, such as dcn0',
  );
}
