// The schema part of the report: tables and a plot, and the README's table.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { barChart } from "../svg.mjs";
import { bytes as sizeText, round, spread, table, time } from "../text.mjs";
import { geomean, rowOf, schemaGoals } from "./goals.mjs";

const HOSTS = { workerd: "workerd", node: "Node" };
const PEERS = { ata: "ata-validator", cfworker: "@cfworker", ajv: "Ajv, prebuilt" };

const times = ({ median }) => `${median.toFixed(median < 10 ? 2 : 1)}×`;
const isPublic = ({ group }) => group.startsWith("public/");

function label({ group }) {
  const parts = group.split("/");
  if (parts[0] === "compile") return `compile: ${parts[1]} ${parts[2]}`;
  if (parts[0] === "public") return parts[1];
  return `${parts[0]} ${parts[1]}${parts[2] === "errors" ? ", errors collected" : ""}`;
}

function hostTable(rows) {
  return table(
    ["", "bytes", "core", ...Object.values(PEERS).flatMap((name) => [name, "times faster"])],
    rows.map((row) => [
      label(row),
      round(row.bytes),
      row.sluiceNs === null ? "" : `${time(row.sluiceNs.median)} ${spread(row.sluiceNs)}`,
      ...Object.keys(PEERS).flatMap((by) => {
        const one = row.against[by];
        if (one === undefined) return ["", ""];
        return [
          time(one.ns.median),
          one.timesFaster === null ? "" : `${times(one.timesFaster)} ${spread(one.timesFaster)}`,
        ];
      }),
    ]),
  );
}

function geomeanTable(schema) {
  return table(
    ["public schemas, geometric mean", ...Object.values(PEERS)],
    Object.entries(HOSTS).map(([host, name]) => [
      name,
      ...Object.keys(PEERS).map((by) => {
        const mean = geomean(schema, host, by);
        return mean.count === 0 ? "" : `${times(mean)} over ${mean.count}`;
      }),
    ]),
  );
}

/** Who isn't measured where, each reason once. */
function cannotLines(schema) {
  const found = new Map();
  for (const [host, name] of Object.entries(HOSTS)) {
    for (const row of schema[host]) {
      for (const [by, why] of Object.entries(row.cannot)) {
        const key = `${label(row)}: ${PEERS[by] ?? "core"}: ${why.split("\n")[0].slice(0, 120)}`;
        found.set(key, [...(found.get(key) ?? []), name]);
      }
    }
  }
  if (found.size === 0) return "Every contender could do all of them.";
  const lines = [...found].map(([key, hosts]) => `- ${key} (${hosts.join(", ")})`);
  return `Not measured, because the contender can't take the schema or gets the verdict wrong:\n\n${lines.join("\n")}`;
}

function memoryTable({ sluice, ata, cfworker }) {
  const line = (name, { schemas, linear, buffers, heap, bytes }) => [
    name,
    String(schemas),
    ...[linear, buffers, heap, bytes].map((value) => round(value)),
  ];
  return table(
    ["bytes", "schemas", "linear memory", "array buffers", "heap", "together"],
    [line("core", sluice), line("ata-validator", ata), line("@cfworker/json-schema", cfworker)],
  );
}

function schemaTable(schemas) {
  return table(
    ["schema", "dialect", "schema", "resources", "document"],
    schemas.map(({ id, dialect, bytes, resourceBytes, documents }) => [
      id.startsWith("public/") ? id.slice("public/".length) : id,
      dialect,
      sizeText(bytes),
      resourceBytes === 0 ? "" : sizeText(resourceBytes),
      sizeText(documents[0].bytes),
    ]),
  );
}

/** @param {any} schema the schema part of a run */
export function schemaSection(schema) {
  const own = (host) => schema[host].filter((row) => !isPublic(row));
  const others = (host) => schema[host].filter(isPublic);
  return `## JSON Schema, beside the validators that run on Workers

From bytes to the verdict, or to the errors as text where the document isn't valid: the core takes the bytes; the others get them decoded (TextDecoder) and parsed (JSON.parse). ata-validator runs
interpreted, as it does on Workers (Node is started without code generation, too); Ajv's code was generated before, since it can't be on Workers. Formats are asserted by all. Compiling is from the
schema's bytes to the verdict on a first tiny document, since some compile only then. All verdicts were checked before measuring. CPU, ${schema.workerd.find(({ sluiceNs }) => sluiceNs !== null)?.sluiceNs.rounds ?? 0} interleaved rounds.

${Object.entries(HOSTS)
  .map(([host, name]) => `### In ${name}\n\n${hostTable(own(host))}`)
  .join("\n\n")}

![Schemas beside other validators](schema.svg)

### Public schemas

${geomeanTable(schema)}

${Object.entries(HOSTS)
  .map(([host, name]) => `#### In ${name}\n\n${hostTable(others(host))}`)
  .join("\n\n")}

${cannotLines(schema)}

### What was validated

${schemaTable(schema.schemas)}

### Memory

What stays after all of these schemas were compiled and have validated a document once, measured in Node after garbage collections, in a fresh process each. Linear memory grows by pages of 64 KiB, and keeps what compiling took for the next one.

${memoryTable(schema.memory)}
`;
}

/** @param {any} schema the schema part of a run */
export function schemaPlots(schema) {
  const groups = [...schema.workerd.filter((row) => !isPublic(row) && row.sluiceNs !== null)];
  const peers = ["ata", "ajv"];
  const bar = (series, timesFaster) => ({
    series,
    value: timesFaster.median,
    low: timesFaster.low,
    high: timesFaster.high,
  });
  const mean = (by, series) => {
    const { median } = geomean(schema, "workerd", by);
    return { series, value: median, low: median, high: median };
  };
  return {
    "schema.svg": barChart({
      title: "JSON Schema from bytes, in workerd",
      subtitle: "Times as fast; lines: the middle half of the rounds. More is better",
      series: peers.map((by) => PEERS[by]),
      groups: [
        ...groups.map((row) => ({
          label: label(row),
          bars: peers.flatMap((by, series) => {
            const one = row.against[by]?.timesFaster ?? null;
            return one === null ? [] : [bar(series, one)];
          }),
        })),
        { label: "public schemas", bars: peers.map(mean) },
      ],
    }),
  };
}

/** For the README: times faster, in workerd and in Node. */
export function schemaReadmeTable(schema) {
  const groups = [
    "config/20 KB/valid",
    "config/20 KB/errors",
    "body/2 KB/valid",
    "body/200 B/valid",
    "compile/config/20 KB",
  ];
  const columns = Object.keys(HOSTS).flatMap((host) =>
    Object.keys(PEERS).map((by) => ({ host, by })),
  );
  const cell = (one) => (one === null || one === undefined ? "" : times(one));
  return table(
    ["schema", ...columns.map(({ host, by }) => `${PEERS[by]}, ${HOSTS[host]}`)],
    [
      ...groups.map((group) => [
        label(rowOf(schema, "workerd", group)),
        ...columns.map(({ host, by }) => cell(rowOf(schema, host, group).against[by]?.timesFaster)),
      ]),
      [
        "public schemas, geometric mean",
        ...columns.map(({ host, by }) => cell(geomean(schema, host, by))),
      ],
    ],
  );
}

/** The section and its plot by themselves, with what they were measured on and the goals. */
export function writeSchema({ schema, machine, revision, date }, folder) {
  const goals = table(
    ["goal", "measured", ""],
    schemaGoals(schema).map(({ text, value, reached }) => [
      text,
      value,
      reached ? "reached" : "**missed**",
    ]),
  );
  const at =
    revision === null ? "" : ` at ${revision.commit}${revision.changed ? " with changes" : ""}`;
  const page = `${schemaSection(schema)}
### Goals

${goals}

Written by \`npm run bench\`${at}, ${date}: ${machine.cores} × ${machine.cpu} (${machine.platform}); ${machine.workerd}, Node ${machine.node}.
`;
  writeFileSync(join(folder, "schema.md"), page);
  for (const [name, svg] of Object.entries(schemaPlots(schema))) {
    writeFileSync(join(folder, name), svg);
  }
}
