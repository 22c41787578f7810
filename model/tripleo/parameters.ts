import { environment } from './yaml';

/** Parameters of an environment file. */
type Parameters = Record<string, unknown>;

/**
 * Parameters that are maps of independent settings. Heat takes the last file's map whole, so a site that adds a setting of its
 * own would lose those of the plan.
 */
const mapOfSettings = /^(ExtraFirewallRules|[A-Za-z]+ExtraConfig|[A-Z][A-Za-z]*Parameters)$/;

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
  const before = Object.assign({}, ...Object.values(planned)) as Parameters;
  const files = Object.keys(own).length > 0 ? { ...planned, [file]: completeMaps(before, own) } : planned;
  return Object.fromEntries(Object.entries(files).map(([name, values]) => [name, environment(values)]));
}

/** A site's own parameters, in which each map of settings also has the settings of the plan that the site does not set. */
function completeMaps(planned: Parameters, own: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => {
      const before = planned[name];
      return [
        name,
        mapOfSettings.test(name) && isMap(before) && isMap(value) ? { ...before, ...value } : value,
      ];
    }),
  );
}

function isMap(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
