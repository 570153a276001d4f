// What the JSON part has to show.

import { JOBS } from "./work.mjs";

const KB = { 200: "200 B", 2048: "2 KB", 20_480: "20 KB", 204_800: "200 KB", 2_097_152: "2 MB" };
const NAMES = { js: "hand-written JavaScript", every: "the fastest contender" };
const WASM_TO_NATIVE = 0.65;
const MEMORY = 4;
const STAGE1 = 5;

export const sizeLabel = (size) => KB[size];

/** Times faster than a contender, or than the one of them that comes closest. */
export function timesFaster(row, against) {
  const all = Object.values(row.against).map((one) => one.timesFaster.median);
  return against === "every" ? Math.min(...all) : row.against[against].timesFaster.median;
}

const worst = (rows, value) => rows.reduce((low, row) => (value(row) < value(low) ? row : low));
const where = ({ size, kind }) => `${sizeLabel(size)}, ${kind === "utf8" ? "UTF-8" : "ASCII"}`;

function jobGoals({ rows }) {
  return JOBS.flatMap(({ id, title, goals }) =>
    goals.map(({ against, atLeast, from, to = Infinity }) => {
      const meant = rows.filter(({ job, size }) => job === id && size >= from && size <= to);
      const value = (row) => timesFaster(row, against);
      const least = worst(meant, value);
      return {
        id: `json-${id}-${from}`,
        text:
          `${title}: ${from === to ? `at ${sizeLabel(from)}` : `from ${sizeLabel(from)} up`}, ` +
          `times as fast as ${NAMES[against] ?? against}, at least ${atLeast}`,
        value: `${value(least).toFixed(2)}× (${where(least)})`,
        reached: value(least) >= atLeast,
      };
    }),
  );
}

/** Rows of the jobs with what they cost natively, where that was measured. */
export function withNative({ rows, native }) {
  const cpu = new Map(native.map(({ name, cpuNs }) => [name, cpuNs]));
  return rows.map((row) => ({ ...row, nativeNs: cpu.get(row.group) }));
}

function nativeGoals(json) {
  const measured = withNative(json).filter(
    ({ nativeNs, size }) => nativeNs !== undefined && size >= 20_480,
  );
  if (measured.length === 0) return [];
  const share = ({ nativeNs, sluiceNs }) => nativeNs / sluiceNs.median;
  const least = worst(measured, share);
  return [
    {
      id: "json-native",
      text: `speed in workerd as a share of native (westmere), boundary included, from 20 KB up, at least ${WASM_TO_NATIVE}`,
      value: `${share(least).toFixed(2)} (${least.job}, ${where(least)})`,
      reached: share(least) >= WASM_TO_NATIVE,
    },
  ];
}

/** Stage 1 alone, "stage1/<kernel>/<document>" of json_stage1_bench: bytes per second. */
function stage1Goals({ native }) {
  const rates = (kernel) =>
    new Map(
      native
        .filter(({ name }) => name.startsWith(`stage1/${kernel}/`))
        .map(({ name, cpuNs }) => [name.slice(`stage1/${kernel}/`.length), cpuNs]),
    );
  const [simd, fallback] = [rates("simd"), rates("fallback")];
  const ratios = [...simd]
    .filter(([document]) => fallback.has(document))
    .map(([document, ns]) => ({ document, ratio: fallback.get(document) / ns }));
  if (ratios.length === 0) return [];
  const least = worst(ratios, ({ ratio }) => ratio);
  return [
    {
      id: "json-stage1",
      text: `indexing (stage 1) by the SIMD kernel, times as fast as simdjson's fallback, at least ${STAGE1}`,
      value: `${least.ratio.toFixed(2)}× (${least.document})`,
      reached: least.ratio >= STAGE1,
    },
  ];
}

function memoryGoal({ memory }) {
  const same = memory.laterBytes === memory.peakBytes;
  return {
    id: "json-memory",
    text: `linear memory of an instance that picks a 2 MB document, at most ${MEMORY} times the document, and no more for the next`,
    value: `${memory.ratio.toFixed(2)}×${same ? "" : `, then ${memory.laterBytes} bytes`}`,
    reached: memory.ratio <= MEMORY && same,
  };
}

/** @param {any} json the JSON part of a run */
export function jsonGoals(json) {
  return [...jobGoals(json), ...nativeGoals(json), ...stage1Goals(json), memoryGoal(json)];
}
