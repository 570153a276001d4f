// The commands of `sluice`. They exit with 0 where all is well, 1 where there are findings, and 2 where it can't be
// told: a file that isn't there, an option that doesn't exist.
import { CliError } from "./error.mjs";
import { importCommand, importHelp } from "./import-command.mjs";
import { lintCommand, lintHelp } from "./lint-command.mjs";
import { Terminal, harmless } from "./terminal.mjs";

const COMMANDS = new Map([
  ["lint", { run: lintCommand, help: lintHelp, about: "says what is wrong with a policy" }],
  [
    "import",
    { run: importCommand, help: importHelp, about: "makes a policy of an OpenAPI document" },
  ],
]);

const help = ({ bold, dim }) => `${bold("sluice")}: policies for the Sluice gateway

  ${bold("sluice")} <command> [options]

${Array.from(COMMANDS, ([name, { about }]) => `  ${bold(name.padEnd(8))} ${about}`).join("\n")}

  ${dim("sluice <command> --help says more. Exit codes: 0 all is well, 1 findings, 2 an error.")}
`;

/** Runs one command. `io`: process, or what stands for it in a test. Returns the exit code. */
export async function main(args, io) {
  const out = new Terminal(io.stdout, io.env);
  const errors = new Terminal(io.stderr, io.env);
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? errors : out).write(help(name === undefined ? errors : out));
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.get(name);
  try {
    if (command === undefined) {
      throw new CliError(
        `there is no command "${name}": expected ${[...COMMANDS.keys()].join(" or ")}`,
      );
    }
    if (rest.includes("--help") || rest.includes("-h")) {
      out.write(command.help(out));
      return 0;
    }
    return await command.run(rest, { out, errors });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    errors.write(`${errors.red("error:")} ${harmless(error.message)}\n`);
    return 2;
  }
}
