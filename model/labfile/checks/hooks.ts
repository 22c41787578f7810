import { unreadableFile } from '../files';
import { type Finding, labPath } from '../findings';
import type { ResolvedHook } from '../hooks';
import type { ResolvedLab } from '../resolve';
import { secretInScript } from '../secrets';
import { stepsOf } from './steps';

/** Finds hooks of steps that a site does not have, and files that are no scripts. */
export function checkHooks(lab: ResolvedLab): Finding[] {
  return lab.sites.flatMap((site) => {
    const present = stepsOf(lab, site);
    return site.hooks.flatMap((hook): Finding[] => {
      const { when, step } = hook;
      const located = {
        at: labPath('sites', site.name, 'hooks', when, step),
        value: site.written.hooks[when][step],
      };
      if (!present.includes(step)) {
        const remedy = `Take it out, or write one of ${present.join(', ')}`;
        return [{ ...located, message: `is for a step that ${site.name} does not have`, remedy }];
      }
      const fault = faultOf(hook);
      return fault ? [{ ...located, ...fault }] : [];
    });
  });
}

/** The kit runs `bash FILE`, which does not read options there. */
const firstLine = /^#! *(\/bin\/bash|\/usr\/bin\/bash|\/usr\/bin\/env +bash) *(\n|$)/;

function faultOf(hook: ResolvedHook): Pick<Finding, 'message' | 'remedy'> | undefined {
  if ('unreadable' in hook) {
    return unreadableFile(hook);
  }
  const secret = secretInScript(hook.text);
  if (secret) {
    return {
      message: secret,
      remedy: 'Take it out, and let the script read it from a file on the undercloud',
    };
  }
  return firstLine.test(hook.text)
    ? undefined
    : {
        message: 'does not begin as a script of bash',
        remedy:
          'Make #!/usr/bin/env bash, without options, the first line, and write options as a command, such as set -e',
      };
}
