// `sluice import`: a policy out of an OpenAPI document.
import { readArguments } from "./arguments.mjs";
import { loadCore } from "./core.mjs";
import { writeText } from "./files.mjs";
import { compileImported } from "./import/compile.mjs";
import { convert } from "./import/convert.mjs";
import { formatJson } from "./import/format-json.mjs";
import { readUpstreamOptions } from "./import/servers.mjs";
import { count, harmless } from "./terminal.mjs";

const USAGE =
  "usage: sluice import OPENAPI.yaml [--out POLICY.json] [--upstream NAME=URL]… [--json]";
const OPTIONS = {
  out: { type: "string", short: "o" },
  upstream: { type: "string", multiple: true },
  json: { type: "boolean" },
};

export const importHelp = ({ bold }) => `${bold("sluice import")} OPENAPI.yaml|json [options]

Makes a policy of an OpenAPI 3.0 or 3.1 document: a route for each operation, an upstream for each
server, and schemas that check queries, path parameters, request bodies (422 where they aren't
valid) and responses (reported, not enforced). What can't be carried over is listed with its place.
Files that the document refers to are read from its folder and from the working directory; nothing
is fetched.

  --out, -o POLICY.json         where to write it; default: to the standard output
  --upstream NAME=https://…     the URL of an upstream, in the place of the server's
  --upstream NAME=service:BIND  the upstream is a service binding of the Worker
  --json                        one object: { "policy" or "out", "findings" }

Exit codes: 0 all was carried over, 1 there are findings, 2 there is no policy.
`;

export async function importCommand(args, { out, errors }) {
  const { file, values } = readArguments(args, OPTIONS, USAGE);
  const imported = convert(file, readUpstreamOptions(values.upstream ?? []));
  const policy = compileImported(await loadCore(), imported);
  const text = formatJson(policy);
  const findings = imported.findings.list;
  if (values.out !== undefined) await writeText(values.out, text);
  if (values.json) {
    out.json({ ...(values.out === undefined ? { policy } : { out: values.out }), findings });
  } else {
    if (values.out === undefined) out.write(text);
    show(findings, errors);
    summarize(policy, findings, values.out, errors);
  }
  return findings.some(({ level }) => level !== "note") ? 1 : 0;
}

const COLOURS = { error: "red", warning: "yellow", note: "blue" };

function show(findings, terminal) {
  for (const { level, code, message, file, line, column, pointer } of findings) {
    const where =
      file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}:${column}`} `;
    terminal.write(
      `${terminal.bold(where)}${terminal[COLOURS[level]](level)} ${terminal.dim(code)}\n`,
    );
    terminal.write(`  ${harmless(message)}\n`);
    if (pointer) terminal.write(`  ${terminal.dim(`at ${harmless(pointer)}`)}\n`);
    terminal.write("\n");
  }
}

function summarize({ routes, upstreams, schemas = {} }, findings, out, terminal) {
  const parts = [
    count(routes.length, "route"),
    count(Object.keys(upstreams).length, "upstream"),
    count(Object.keys(schemas).length, "schema"),
  ];
  const levels = ["error", "warning", "note"]
    .map((level) => [level, findings.filter((finding) => finding.level === level).length])
    .filter(([, number]) => number > 0)
    .map(([level, number]) => terminal[COLOURS[level]](count(number, level)));
  const told = levels.length === 0 ? "" : `; ${levels.join(", ")}`;
  terminal.write(
    `${terminal.green("✔")} ${out === undefined ? "" : `${out}: `}${parts.join(", ")}${told}\n`,
  );
}
