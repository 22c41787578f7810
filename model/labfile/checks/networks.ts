import { IPv4 } from 'ipaddr.js';
import { bounds, firstEdgeIndex, networkNames } from '../../addresses';
import { type Finding, labPath } from '../findings';
import type { ResolvedLab } from '../resolve';

/** Finds ranges that are too small for the subnets, and ranges that overlap. */
export function checkNetworks({ networks }: ResolvedLab): Finding[] {
  const findings: Finding[] = [];
  const placed: { name: string; first: number; last: number }[] = [];
  for (const name of networkNames) {
    const { range, prefix } = networks[name];
    const shortest = prefix - Math.ceil(Math.log2(firstEdgeIndex + 1));
    if (IPv4.parseCIDR(range)[1] > shortest) {
      findings.push({
        at: labPath('networks', name, 'range'),
        value: range,
        message: `is too small for ${firstEdgeIndex} subnets of /${prefix} and one for each edge site`,
        remedy: `Write a range of prefix length ${shortest} or less, such as ${networkAt(range, shortest)}`,
      });
    }
    const { first, last } = bounds(range);
    const other = placed.find((candidate) => first <= candidate.last && candidate.first <= last);
    if (other) {
      findings.push({
        at: labPath('networks', name, 'range'),
        value: range,
        message: `overlaps the range of ${other.name}`,
        remedy: 'Write a range of its own: addresses are routed between sites, so each may exist once',
      });
    }
    placed.push({ name, first, last });
  }
  return findings;
}

function networkAt(range: string, prefix: number): string {
  return `${IPv4.networkAddressFromCIDR(`${range.split('/')[0]}/${prefix}`).toString()}/${prefix}`;
}
