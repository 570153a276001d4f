/** What the user did wrong, or the machine lacks: told in one line, without a stack. Exit code 2. */
export class CliError extends Error {
  name = "CliError";
}
