// What the report keeps of the simulation's cells.

const GROUPS = ["large limit", "thin limit", "small burst", "minute"];

export const median = (values) => {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};
const least = (values) => Math.min(1, ...values);
const most = (values) => Math.max(0, ...values);
const shareOf = ({ share }) => share;

/** One limit a request, steady load, nothing goes wrong. */
const isPlain = ({ group, objects, faults, arrivals }) =>
  group === "grid" && objects === 1 && faults === "none" && arrivals === "poisson";

function short({ group, way, algorithm, isolates, load, share, calls, leastCalls, log, ...rest }) {
  const possible = Math.min(rest.limit, rest.plain);
  return { group, way, algorithm, isolates, load, share, calls, leastCalls, log: log / possible };
}

function hazards(grid) {
  const name = ({ faults, durability, arrivals }) =>
    `${faults}, ${faults === "restarts" ? durability : arrivals}`;
  return [...new Set(grid.map(name))].map((kind) => {
    const cells = grid.filter((cell) => name(cell) === kind);
    const loaded = cells.filter(({ load }) => load >= 3);
    return {
      kind,
      cells: cells.length,
      over: most(cells.map(({ over, early }) => Math.max(over, early))),
      share: median(loaded.map(shareOf)),
      leastShare: least(loaded.map(shareOf)),
      leastUnlost: least(loaded.map(({ unlostShare }) => unlostShare)),
      calls: median(cells.map(({ calls }) => calls)),
    };
  });
}

/** Cells that are to reach something, by algorithm and arrivals. */
function reach(cells, value, reached, isPossible = () => true) {
  const name = ({ algorithm, arrivals }) => `\`${algorithm}\`, ${arrivals}`;
  return [...new Set(cells.map(name))].map((kind) => {
    const found = cells.filter((cell) => name(cell) === kind);
    const values = found.map(value);
    return {
      kind,
      cells: values.length,
      reached: values.filter(reached).length,
      impossible: found.filter((cell) => !isPossible(cell)).length,
      median: median(values),
      least: Math.min(...values),
      most: Math.max(...values),
    };
  });
}

/** @param {any[]} cells as limits_simulation writes them */
export function summary(cells) {
  const leased = cells.filter(({ way }) => way === "leases");
  const grid = leased.filter(({ group }) => group === "grid");
  return {
    cells: leased.length,
    requests: leased.reduce((total, { requests }) => total + requests, 0),
    broken: leased.filter(({ over, early, errors }) => over + early + errors > 0).length,
    admits: reach(
      leased.filter(({ mustAdmit }) => mustAdmit),
      shareOf,
      (share) => share >= 0.95,
    ),
    spares: reach(
      leased.filter(({ mustSpare }) => mustSpare),
      ({ calls }) => calls,
      (calls) => calls <= 0.1,
      ({ leastCalls }) => leastCalls <= 0.1,
    ),
    plain: cells.filter(isPlain).map(short),
    others: leased.filter(({ group }) => GROUPS.includes(group)).map(short),
    hazards: hazards(grid),
  };
}
