// The features part of the report: tables and a plot, and the README's table.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { barChart } from "../svg.mjs";
import { round, spread, table, time } from "../text.mjs";
import { featureGoals, memoryShare, rowOf } from "./goals.mjs";

const HOSTS = { workerd: "workerd", node: "Node" };
const NAMES = { growthbook: "GrowthBookClient", flagd: "flagd-core", "JSON.parse": "JSON.parse" };
const PEERS = Object.keys(NAMES);

const times = ({ median }) => `${median.toFixed(median < 10 ? 2 : 1)}×`;

const number = (count) => round(count);
function label({ work, features }) {
  if (work === "load") return `loading ${number(features)} from bytes`;
  return work === "one" ? `1 of ${number(features)}` : `all of ${number(features)}`;
}

function hostTable(rows) {
  return table(
    ["features", "core", ...PEERS.flatMap((by) => [NAMES[by], "times faster"])],
    rows.map((row) => [
      label(row),
      `${time(row.sluiceNs.median)} ${spread(row.sluiceNs)}`,
      ...PEERS.flatMap((by) => {
        const one = row.against[by];
        return one === undefined
          ? ["", ""]
          : [time(one.ns.median), `${times(one.timesFaster)} ${spread(one.timesFaster)}`];
      }),
    ]),
  );
}

function memoryTable({ sluice, growthbook }) {
  const line = (name, { heap, buffers, linear, bytes }) => [
    name,
    ...[linear, buffers, heap, bytes].map(number),
  ];
  return table(
    ["bytes", "linear memory", "array buffers", "heap", "together"],
    [
      line("core, the first payload of an instance", sluice.first),
      line("GrowthBookClient, the first payload", growthbook.first),
      line("core, each further one", sluice.each),
      line("GrowthBookClient, each further one", growthbook.each),
    ],
  );
}

/** @param {any} features the features part of a run */
export function featuresSection({ memory, ...hosts }) {
  return `## Features and experiments, beside GrowthBook's SDK and flagd's engine

A payload in GrowthBook's format, half flags, half experiments, each with one rule of two or three conditions; 64 users in turn, their attributes an object. All: a user's features
are decided and every value is read. One: \`evaluate\` with \`keys\`. Loading: compiled whole from bytes, beside JSON.parse of the text and beside GrowthBookClient from bytes (decoded,
parsed, \`initSync\`). Core and GrowthBookClient give the same values, variations included; flagd has the same conditions as JSON logic and a hash of its own, so it gives the same flags and has
the same users in experiments (all checked before measuring). CPU, ${hosts.workerd[0].sluiceNs.rounds} interleaved rounds. flagd compiles conditions to JavaScript in Node; workerd forbids that, so there it interprets them.
It takes too long to load 10,000.

${Object.entries(HOSTS)
  .map(([host, name]) => `### In ${name}\n\n${hostTable(hosts[host])}`)
  .join("\n\n")}

![Features beside GrowthBookClient](features.svg)

### Memory of ${number(memory.features)} features

What stays after loading ${number(memory.sluice.payloadBytes)} bytes and reading all values for one user, measured in Node after garbage collections: ${memoryShare(memory).toFixed(2)} times GrowthBookClient's in a fresh instance.
Linear memory grows by pages of 64 KiB and keeps what loading took for the next one; what a payload itself takes shows in those after the first.

${memoryTable(memory)}
`;
}

/** @param {any} features the features part of a run */
export function featuresPlots(features) {
  const hosts = Object.keys(HOSTS);
  return {
    "features.svg": barChart({
      title: "Features, beside GrowthBookClient",
      subtitle: "Times as fast; lines: the middle half of the rounds. More is better",
      series: Object.values(HOSTS),
      groups: features.workerd.map(({ group, work, features: count }) => ({
        label: label({ work, features: count }),
        bars: hosts.map((host, series) => {
          const { median, low, high } = rowOf(features, host, group).against.growthbook.timesFaster;
          return { series, value: median, low, high };
        }),
      })),
    }),
  };
}

/** For the README: times faster, in workerd and in Node. */
export function featuresTable(features) {
  const columns = Object.keys(HOSTS).flatMap((host) =>
    ["growthbook", "flagd", "JSON.parse"].map((by) => ({ host, by })),
  );
  const groups = ["all/500", "one/500", "one/1", "load/500", "all/10000"];
  return table(
    ["features", ...columns.map(({ host, by }) => `${NAMES[by]}, ${HOSTS[host]}`)],
    groups.map((group) => [
      label(rowOf(features, "workerd", group)),
      ...columns.map(({ host, by }) => {
        const one = rowOf(features, host, group).against[by];
        return one === undefined ? "" : times(one.timesFaster);
      }),
    ]),
  );
}

/** The section and its plot by themselves, with what they were measured on and the goals. */
export function writeFeatures({ features, machine, revision, date }, folder) {
  const goals = table(
    ["goal", "measured", ""],
    featureGoals(features).map(({ text, value, reached }) => [
      text,
      value,
      reached ? "reached" : "**missed**",
    ]),
  );
  const at =
    revision === null ? "" : ` at ${revision.commit}${revision.changed ? " with changes" : ""}`;
  const page = `${featuresSection(features)}
### Goals

${goals}

Written by \`npm run bench\`${at}, ${date}: ${machine.cores} × ${machine.cpu} (${machine.platform}); ${machine.workerd}, Node ${machine.node}.
`;
  writeFileSync(join(folder, "features.md"), page);
  for (const [name, svg] of Object.entries(featuresPlots(features))) {
    writeFileSync(join(folder, name), svg);
  }
}
