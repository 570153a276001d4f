// The JSON part of the report: tables and plots, and the README's table.

import { barChart } from "../svg.mjs";
import { round, speed, spread, table, time } from "../text.mjs";
import { sizeLabel, timesFaster, withNative } from "./goals.mjs";
import { JOBS, KINDS, SIZES } from "./work.mjs";

const KIND_LABEL = { ascii: "ASCII", utf8: "UTF-8" };
const times = (value) => `${value.toFixed(value < 10 ? 2 : 1)}×`;

function jobSection({ id, title, steps, jsonpath, jmespath, libraries }, rows) {
  const contenders = ["js", ...libraries];
  const what = jsonpath ?? jmespath ?? JSON.stringify(steps);
  return `### ${title}

\`${what}\`

${table(
  [
    "document",
    "core",
    "MB/s",
    ...contenders.flatMap((by) => [by === "js" ? "by hand" : by, "times faster"]),
    "native",
    "share of native",
  ],
  rows.map(({ size, kind, bytes, sluiceNs, against, nativeNs }) => [
    `${sizeLabel(size)}, ${KIND_LABEL[kind]}`,
    `${time(sluiceNs.median)} ${spread(sluiceNs)}`,
    speed(bytes, sluiceNs.median),
    ...contenders.flatMap((by) => [
      time(against[by].ns.median),
      `${times(against[by].timesFaster.median)} ${spread(against[by].timesFaster)}`,
    ]),
    nativeNs === undefined ? "" : time(nativeNs),
    nativeNs === undefined ? "" : (nativeNs / sluiceNs.median).toFixed(2),
  ]),
)}

![${title}](json-${id}.svg)
`;
}

function stage1Table(native) {
  const rows = native.filter(({ name }) => name.startsWith("stage1/"));
  if (rows.length === 0) return "";
  return `### Indexing alone

${table(
  ["stage 1, native", "time", "MB/s"],
  rows.map(({ name, cpuNs, bytesPerSecond }) => [
    name.slice("stage1/".length),
    time(cpuNs),
    bytesPerSecond === null ? "" : round(bytesPerSecond / 1e6),
  ]),
)}
`;
}

/** @param {any} json the JSON part of a run */
export function jsonSection(json) {
  const rows = withNative(json);
  const { memory } = json;
  return `## JSON, bytes to bytes

Order listings in workerd, bytes in and bytes out: crossing and copies included, every byte validated. JavaScript decodes (TextDecoder), parses, runs
what is named in the column, stringifies and encodes (TextEncoder). All contenders of a row gave the same bytes before they were
measured; CPU per document, interleaved rounds. Native is the same functions with the same copies, compiled for westmere.

A fresh instance that picks out of ${round(memory.documentBytes)} bytes ends with ${round(memory.peakBytes)} bytes of linear memory, ${memory.ratio.toFixed(2)} times the document (${round(memory.freshBytes)} of them before it), and with ${round(memory.laterBytes)} after five more.

${JOBS.map((job) =>
  jobSection(
    job,
    rows.filter((row) => row.job === job.id),
  ),
).join("\n")}
${stage1Table(json.native)}`;
}

/** One plot a job: times faster, by document. */
export function jsonPlots({ rows }) {
  return Object.fromEntries(
    JOBS.map(({ id, title, libraries }) => {
      const contenders = ["js", ...libraries];
      return [
        `json-${id}.svg`,
        barChart({
          title,
          subtitle: "Times as fast as JavaScript, bytes to bytes, in workerd. More is better",
          series: contenders.map((by) =>
            by === "js" ? "by hand" : by.replace(/^@[^/]*\//, "@…/"),
          ),
          groups: rows
            .filter(({ job }) => job === id)
            .map(({ size, kind, against }) => ({
              label: `${sizeLabel(size)}, ${KIND_LABEL[kind]}`,
              bars: contenders.map((by, series) => {
                const { median, low, high } = against[by].timesFaster;
                return { series, value: median, low, high };
              }),
            })),
        }),
      ];
    }),
  );
}

/** For the README: times faster than by hand and than the best library, ASCII to UTF-8. */
export function jsonTable({ rows }) {
  const range = (job, size, value) => {
    const found = KINDS.map((kind) =>
      value(rows.find((row) => row.job === job && row.size === size && row.kind === kind)),
    );
    const [low, high] = [Math.min(...found), Math.max(...found)];
    return `${low.toFixed(1)}–${high.toFixed(1)}×`;
  };
  const library = (row) =>
    Math.min(
      ...Object.entries(row.against)
        .filter(([by]) => by !== "js")
        .map(
          ([
            ,
            {
              timesFaster: { median },
            },
          ]) => median,
        ),
    );
  const sizes = SIZES.filter((size) => size >= 2048 && size <= 204_800);
  return table(
    ["bytes to bytes, in workerd", ...sizes.map(sizeLabel), `${sizeLabel(20_480)}, best library`],
    JOBS.map(({ id, title, libraries }) => [
      title,
      ...sizes.map((size) => range(id, size, (row) => timesFaster(row, "js"))),
      libraries.length === 0 ? "" : `${range(id, 20_480, library)} (${libraries.join(", ")})`,
    ]),
  );
}
