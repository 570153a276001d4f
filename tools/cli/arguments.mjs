import { parseArgs } from "node:util";
import { CliError } from "./error.mjs";

/** The options (as node:util's parseArgs has them) and the one file that a command takes. */
export function readArguments(args, options, usage) {
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new CliError(`${error.message.split(". ")[0]}; ${usage}`);
  }
  const [file, ...more] = parsed.positionals;
  if (file === undefined || more.length > 0) throw new CliError(usage);
  return { file, values: parsed.values };
}
