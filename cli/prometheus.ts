import type { Audit } from '../kit/answers';

/**
 * An audit as a file for node_exporter's textfile collector (Prometheus' text-based exposition format, version 0.0.4).
 *
 * @param seconds the time of the audit, since 1970
 */
export function prometheusText(lab: string, { findings, sites, skipped }: Audit, seconds: number): string {
  const counts = new Map<string, number>();
  for (const { severity, site, node, code } of findings) {
    const labels = text({ lab, site: site ?? '', node: node ?? '', code, severity });
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  const ofSeverity = (severity: string): number => findings.filter((one) => one.severity === severity).length;
  return [
    ...metric('time_seconds', 'When the lab was audited, in seconds since 1970.', [[text({ lab }), seconds]]),
    ...metric(
      'findings',
      'Differences between what stands and the records or the lab file.',
      ['error', 'warning'].map((severity) => [text({ lab, severity }), ofSeverity(severity)]),
    ),
    ...metric('finding', 'Differences of one kind at one place.', [...counts]),
    ...metric(
      'site_audited',
      'Whether the site was audited: 0 while it comes, leaves or is not up.',
      [
        ...sites.map((site) => ({ site, value: 1 })),
        ...Object.keys(skipped).map((site) => ({ site, value: 0 })),
      ].map(({ site, value }) => [text({ lab, site }), value]),
    ),
    '',
  ].join('\n');
}

function metric(name: string, help: string, samples: [string, number][]): string[] {
  const full = `glance_dcn_audit_${name}`;
  return samples.length === 0
    ? []
    : [
        `# HELP ${full} ${help}`,
        `# TYPE ${full} gauge`,
        ...samples.map(([labels, value]) => `${full}{${labels}} ${value}`),
      ];
}

function text(labels: Record<string, string>): string {
  const escaped = (value: string): string =>
    value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}
