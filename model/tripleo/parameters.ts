import { environment } from './yaml';

/** Parameters of an environment file. */
type Parameters = Record<string, unknown>;

/**
 * Parameters that are maps of independent settings. Heat takes the last file's map whole, so a file that adds a setting would
 * lose those of the files before it.
 */
const mapOfSettings =
  /^(CAMap|ExtraFirewallRules|GlanceApiPolicies|ServiceNetMap|VipSubnetMap|[A-Za-z0-9]*ExtraConfig|[A-Z][A-Za-z0-9]*Parameters)$/;

/** Maps of Puppet's data: a setting that is a map itself has independent settings, too, such as glance::config::api_config. */
const puppetData = /^[A-Za-z0-9]*ExtraConfig$/;

/**
 * The texts of a site's environment files. The site's own parameters come last and win.
 * @param planned parameters of the plan, by file, in the order of the files
 * @param file name of the file with the site's own parameters; there is none if the site has no parameters
 */
export function environmentTexts(
  planned: Record<string, Parameters>,
  file: string,
  own: Parameters,
): Record<string, string> {
  const files = Object.keys(own).length > 0 ? { ...planned, [file]: own } : planned;
  const before: Parameters = {};
  return Object.fromEntries(
    Object.entries(files).map(([name, values]) => {
      const complete = completeMaps(before, values);
      Object.assign(before, complete);
      return [name, environment(complete)];
    }),
  );
}

/** Parameters of a file, in which each map of settings also has the settings of earlier files that this file does not set. */
function completeMaps(earlier: Parameters, parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const before = earlier[name];
      if (!mapOfSettings.test(name) || !isMap(before) || !isMap(value)) {
        return [name, value];
      }
      return [name, { ...before, ...(puppetData.test(name) ? withEarlier(before, value) : value) }];
    }),
  );
}

/** Values, in which each map also has the earlier settings that it does not set. */
function withEarlier(earlier: Parameters, values: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const before = earlier[name];
      return [name, isMap(before) && isMap(value) ? { ...before, ...value } : value];
    }),
  );
}

/** Whether the value of a parameter is a map. */
export function isMap(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
