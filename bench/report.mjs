// latest.json → report.md and plots. Runs alone, too: node bench/report.mjs

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { assignmentPlots, assignmentSection } from "./assignment/report.mjs";
import { featuresPlots, featuresSection } from "./features/report.mjs";
import { RESULTS } from "./harness/paths.mjs";
import { jsonPlots, jsonSection } from "./json/report.mjs";
import { limitsPlots, limitsSection } from "./limits/report.mjs";
import { chargeSection } from "./micro/charge-report.mjs";
import { objectsSection } from "./objects/report.mjs";
import { schemaPlots, schemaSection } from "./schema/report.mjs";
import { barChart } from "./svg.mjs";
import { bytes, percent, round, speed, spread, table, time } from "./text.mjs";

const ratio = (one, base) => {
  const against = one.against[base];
  return against === undefined ? "1.00" : against.rps.median.toFixed(2);
};

export function edgeTable({ contenders }) {
  return table(
    [
      "Worker",
      "CPU a request",
      "requests/s",
      "against hand-written JS",
      "against bare pass-through",
      "p50",
      "p99",
    ],
    contenders.map((one) => [
      one.label,
      `${round(one.cpuUs.median)} µs ${spread(one.cpuUs)}`,
      `${round(one.rps.median)} ${spread(one.rps)}`,
      ratio(one, "handwritten"),
      ratio(one, "pass-through"),
      `${one.latencyMs.p50.median.toFixed(1)} ms`,
      `${one.latencyMs.p99.median.toFixed(1)} ms`,
    ]),
  );
}

function edgeSection(edge) {
  const shares = edge.contenders
    .filter(({ limitChecks }) => limitChecks !== null)
    .map(({ label, limitChecks }) => `${label} ${percent(limitChecks.share)}`);
  const busiest = Math.max(...edge.contenders.map(({ generatorLoad }) => generatorLoad.max));
  return `## The storefront route at the edge

API key, a limit per customer in a Durable Object, an experiment of three variants by a visitor cookie, six fields picked out of a 2 KB
order listing, RateLimit headers. The first five Workers do it and give the same bytes (checked before measuring, as are 401, 429 and
the first visit). The first three also keep a gateway's guards, which is checked, too: deadlines on the limiter and the upstream, a cap
on bodies that are held, no hop-by-hop headers sent on. The unguarded ones wait for ever and hold what comes; the last three are for
scale. The upstream is a second Worker in the same process.

${edge.users} users with a key and a visitor cookie each, ${edge.connections} keep-alive connections, ${edge.rounds} interleaved rounds of ${round(edge.requestsPerRound)} requests.
CPU is what the scheduler counted for all threads of workerd, upstream and objects included. Ratios are of requests per second,
medians over rounds, each round against the same round of the other. In the table ± is half the distance of the quartiles; below it and
in the goals it is the standard error of the median.

${edgeTable(edge)}

![CPU a request](edge-cpu.svg)

![Requests per second](edge-rps.svg)

${againstLines(edge)}
Share of limit checks answered by a call to an object: ${shares.join(", ")}.
The load generator used at most ${percent(busiest)} of its core.
`;
}

function againstLines({ contenders }) {
  const gateway = contenders.find(({ id }) => id === "sluice");
  if (gateway === undefined) return "";
  const lines = Object.entries(gateway.against).map(([id, { rps, cpu }]) => {
    const { label } = contenders.find((one) => one.id === id);
    return (
      `- against ${label}: ${percent(rps.median, 1)} of the requests per second (± ${percent(rps.error * rps.median, 1)}; rounds ${percent(rps.min)} to ${percent(rps.max)}), ` +
      `${percent(cpu.median, 1)} of the CPU (± ${percent(cpu.error * cpu.median, 1)}; ${percent(cpu.min)} to ${percent(cpu.max)})`
    );
  });
  return `The gateway\n${lines.join("\n")}\n`;
}

function startupSection({ module, freshMemoryBytes, policies }) {
  return `## From nothing to the first decision

CPU in workerd until a Wasm instance and a compiled policy are ready. Cold: once in a new process, V8's first compilation of the functions
that run included; "with background" counts 100 ms on, when V8's other threads are done. Warm: again in the same isolate.

${table(
  ["policy", "text", "cold", "cold, with background", "warm"],
  policies.map((one) => [
    one.name,
    bytes(one.bytes),
    `${one.coldMs.median.toFixed(2)} ms ${spread(one.coldMs)}`,
    `${one.coldSettledMs.median.toFixed(2)} ms`,
    `${one.warmMs.median.toFixed(3)} ms ${spread(one.warmMs)}`,
  ]),
)}

Module: ${round(module.bytes / 1000, 1)} KB, ${round(module.gzipBytes / 1000, 1)} KB gzip. A fresh instance has ${freshMemoryBytes / 1024} KiB of linear memory.
`;
}

/** Native benchmarks that measure what a Wasm case measures. */
const SAME_AS = { "BM_Hash/v2": "hash", "BM_Charge/fixed_window/1000": "charge" };

function microSection({ node, workerd, native, charges }) {
  const rows = (host) =>
    host.map(({ group, bytes: size, sluiceNs, jsNs, timesFaster }) => [
      group,
      time(sluiceNs.median),
      time(jsNs.median),
      speed(size, sluiceNs.median),
      speed(size, jsNs.median),
      `${timesFaster.median.toFixed(2)}×`,
      spread(timesFaster),
    ]);
  const head = ["", "core", "JavaScript", "core MB/s", "JS MB/s", "times faster", ""];
  const inWorkerd = new Map(workerd.map((row) => [row.group, row.sluiceNs.median]));
  const nativeRows = native.map(({ name, cpuNs, bytesPerSecond }) => {
    const wasm = inWorkerd.get(SAME_AS[name]);
    return [
      name,
      time(cpuNs),
      bytesPerSecond === null ? "" : round(bytesPerSecond / 1e6),
      wasm === undefined ? "" : time(wasm),
      wasm === undefined ? "" : (wasm / cpuNs).toFixed(2),
    ];
  });
  const nativeTable =
    native.length === 0
      ? "Not built in this run."
      : table(
          ["benchmark", "native", "MB/s", "Wasm in workerd, with the boundary", "Wasm ÷ native"],
          nativeRows,
        );
  return `## The core's other engines by themselves

CPU per operation, crossing and copying included. JavaScript is the idiomatic way: a Map of windows; GrowthBook's own hash; a routing
table, regular expression and hash for the decision.

### In workerd

${table(head, rows(workerd))}

### In Node

${table(head, rows(node))}

### Native

${nativeTable}

${chargeSection(charges)}`;
}

function goalSection(goals) {
  return `## Goals\n\n${table(
    ["goal", "measured", ""],
    goals.map(({ text, value, reached }) => [text, value, reached ? "reached" : "**missed**"]),
  )}\n`;
}

export function markdown(result) {
  const { machine, revision, mode, date, seconds, goals } = result;
  const { edge, objects, limits, assignment, startup, json, features, schema, micro } = result;
  const at =
    revision === null ? "" : ` at ${revision.commit}${revision.changed ? " with changes" : ""}`;
  return `# Benchmarks

Written by \`npm run bench\`${at}, ${date}, ${mode} run, ${seconds} s. ${machine.cores} × ${machine.cpu} (${machine.platform}), ${machine.memoryGiB} GiB; ${machine.workerd}, Node ${machine.node}.
All figures are of one run on one machine; ratios carry further than absolute figures.

${goalSection(goals)}
${edgeSection(edge)}
${objectsSection(objects)}
${limitsSection(limits)}
${assignmentSection(assignment)}
${startupSection(startup)}
${jsonSection(json)}
${featuresSection(features)}
${schemaSection(schema)}
${microSection(micro)}`;
}

function plots({ edge, limits, assignment, json, features, schema }) {
  const bars = (pick) =>
    edge.contenders.map((one) => ({
      label: one.label,
      bars: [
        {
          series: one.id === "sluice" ? 0 : one.does === "storefront" ? 1 : 2,
          value: pick(one).median,
          low: pick(one).low,
          high: pick(one).high,
        },
      ],
    }));
  return {
    "edge-cpu.svg": barChart({
      title: "CPU a request, storefront route",
      subtitle: "µs, all threads of workerd; lines: the middle half of the rounds. Less is better",
      groups: bars(({ cpuUs }) => cpuUs),
    }),
    "edge-rps.svg": barChart({
      title: "Requests per second, storefront route",
      subtitle: `${edge.connections} connections, one workerd process; lines: the middle half of the rounds. More is better`,
      groups: bars(({ rps }) => rps),
    }),
    ...limitsPlots(limits),
    ...assignmentPlots(assignment),
    ...jsonPlots(json),
    ...featuresPlots(features),
    ...schemaPlots(schema),
  };
}

/** @param {any} result @param {string} folder */
export function writeReport(result, folder) {
  writeFileSync(join(folder, "report.md"), markdown(result));
  for (const [name, svg] of Object.entries(plots(result))) writeFileSync(join(folder, name), svg);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeReport(JSON.parse(readFileSync(join(RESULTS, "latest.json"), "utf8")), RESULTS);
}
