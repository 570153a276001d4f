// The limits part of the report: tables and plots of the simulation.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { barChart } from "../svg.mjs";
import { percent, round, table } from "../text.mjs";
import { median } from "./summary.mjs";

const ALGORITHMS = ["fixed_window", "sliding_window", "gcra", "sliding_log"];
const LOADS = [0.8, 1.2, 3, 10];
const ISOLATES = [1, 10, 100];
const GROUPS = {
  "large limit": "100 units an isolate",
  "thin limit": "5 units an isolate",
  "small burst": "a burst of a fifth of the units",
  minute: "a period of a minute",
};

function lossless(plain) {
  const rows = [];
  for (const algorithm of ALGORITHMS) {
    for (const isolates of ISOLATES) {
      for (const load of LOADS) {
        const at = (wanted) =>
          plain.find(
            (cell) =>
              cell.way === wanted &&
              cell.algorithm === algorithm &&
              cell.isolates === isolates &&
              cell.load === load,
          );
        const [one, naive] = [at("leases"), at("naive")];
        if (one === undefined || naive === undefined) continue;
        rows.push([
          `\`${algorithm}\`, ${isolates}, ${load}×`,
          percent(one.share, 1),
          percent(naive.share, 1),
          percent(one.log, 1),
          percent(one.calls, 1),
          percent(one.leastCalls, 1),
        ]);
      }
    }
  }
  const head = ["algorithm, isolates, load", "admitted, leases", "admitted, a call a check"];
  return table([...head, "admitted, exact log", "calls, leases", "calls, at least"], rows);
}

function reachTable(spares, admits) {
  return table(
    ["", "cells", "calls", "≤ 10%", "can't", "at 3×", "admitted", "≥ 95%"],
    spares.map((one) => {
      const loaded = admits.find(({ kind }) => kind === one.kind);
      const range = ({ median: middle, least, most }) =>
        `${percent(middle, 1)} (${percent(least, 1)}–${percent(most, 1)})`;
      return [
        one.kind,
        one.cells,
        range(one),
        one.reached,
        one.impossible,
        loaded?.cells ?? 0,
        loaded === undefined ? "" : range(loaded),
        loaded?.reached ?? 0,
      ];
    }),
  );
}

function hazardTable(hazards) {
  const head = ["what goes wrong", "cells", "units over a bound", "admitted at 3× and 10×, median"];
  return table(
    [...head, "least", "least, of what wasn't lost", "calls, median"],
    hazards.map(({ kind, cells, over, share, leastShare, leastUnlost, calls }) => [
      kind,
      cells,
      over,
      percent(share, 1),
      percent(leastShare, 1),
      percent(leastUnlost, 1),
      percent(calls, 1),
    ]),
  );
}

function otherTable(others) {
  return table(
    ["10 isolates, nothing goes wrong", "load", "admitted", "calls", "calls, at least"],
    others
      .toSorted((x, y) =>
        `${x.group} ${x.algorithm}`.localeCompare(`${y.group} ${y.algorithm}`, "en"),
      )
      .map(({ group, algorithm, load, share, calls, leastCalls }) => [
        `${GROUPS[group]}, \`${algorithm}\``,
        `${load}×`,
        percent(share, 1),
        percent(calls, 1),
        percent(leastCalls, 1),
      ]),
  );
}

/** @param {any} limits the limits part of a run */
export function limitsSection({ cells, requests, broken, admits, spares, plain, others, hazards }) {
  return `## Limits: a simulation

${round(cells)} cells on a virtual clock: isolates with clocks and ledgers of their own, objects that run the shipped step, a network between
them, and an exact log of every admission, which is held against the algorithm's bound ([limits](../../docs/limits.md)) at every moment: ${round(requests)}
requests, ${broken} cells in which a bound was broken.

A period is 10 s and the limit 25 units an isolate unless said otherwise; a lease lasts a period at most, a denial is believed for 2 s at
most. Admitted is a share of the limit, or of what the same algorithm admits in one place without delay where that is less. Calls are
all that objects get (charges, returns, cancels), as a share of one a check. "At least" is what any protocol with leases needs: a
call brings no more units than are free to be leased (of a log under 1× only what the load leaves, since a leased unit counts until the
lease is over), and a denial is believed no longer than \`denyCacheMax\`.

${lossless(plain)}

![Admitted share of the limit](limits-admitted.svg)

![Calls to objects](limits-calls.svg)

### Where leases are meant to spare 90% of the calls

Each isolate has 20 units and sees 20 requests a period, one to three limits a request, nothing goes wrong. Medians and ranges of cells.

${reachTable(spares, admits)}

"Can't": cells where the column "calls, at least" is over 10% already. Those are of two kinds. With a period of a minute (four cells an algorithm) 2 s are
too short to believe a denial for so few requests: a longer \`denyCacheMax\` is what spares those calls. And of a log at 0.8× little is free: its units leave no
earlier than they came, and a lease's count until the last is spent, so its leases are short at any load.

What misses else: in bursts an isolate asks again for what the pause before has let it return, or holds units that it doesn't need yet. And of a sliding window and a log
near 1× nearly all units are in use: leases that are larger, or whose units wait for their holder, would spare half of these calls and deny up to a tenth of what
stays below the limit. Several isolates therefore lease little at a time there; one alone leases units of a sliding window as they fade.

### Faults

${hazardTable(hazards)}

Network: 2% of messages lost, 1% doubled, delays of 40 ms in the mean. Deaths: an isolate lives three periods in the mean. Restarts: an object
does, and loses what isn't durable; with \`memory\` nothing is admitted until the leases that it gave are over. Lost are units of leases and
charges that nobody could spend any more.

### Other limits

${otherTable(others)}
`;
}

function chart(plain, { title, subtitle }, series) {
  const groups = ISOLATES.flatMap((isolates) =>
    LOADS.map((load) => {
      const at = plain.filter((cell) => cell.isolates === isolates && cell.load === load);
      const bars = series.map(({ way, value }, number) => {
        const values = at.filter((cell) => cell.way === way).map((cell) => 100 * value(cell));
        if (values.length === 0) return undefined;
        const [low, high] = [Math.min(...values), Math.max(...values)];
        return { series: number, value: median(values), low, high };
      });
      return {
        label: `${isolates} isolate${isolates === 1 ? "" : "s"}, ${load}×`,
        bars: bars.filter((bar) => bar !== undefined),
      };
    }),
  ).filter(({ bars }) => bars.length > 0);
  return barChart({ title, subtitle, series: series.map(({ name }) => name), groups });
}

/** The plots of the section, by file name. */
export function limitsPlots({ plain }) {
  const share = ({ share: value }) => value;
  const calls = ({ calls: value }) => value;
  return {
    "limits-admitted.svg": chart(
      plain,
      {
        title: "Admitted share of the limit",
        subtitle: "%, median of the algorithms; lines: their range",
      },
      [
        { name: "leases", way: "leases", value: share },
        { name: "call a check", way: "naive", value: share },
        { name: "exact log", way: "leases", value: ({ log }) => log },
      ],
    ),
    "limits-calls.svg": chart(
      plain,
      {
        title: "Calls to objects",
        subtitle: "% of one a check, median of the algorithms; lines: their range",
      },
      [
        { name: "leases", way: "leases", value: calls },
        { name: "call a check", way: "naive", value: calls },
        { name: "at least", way: "leases", value: ({ leastCalls }) => leastCalls },
      ],
    ),
  };
}

/** The section and its plots by themselves. */
export function writeLimits(limits, folder) {
  writeFileSync(join(folder, "limits.md"), limitsSection(limits));
  for (const [name, svg] of Object.entries(limitsPlots(limits))) {
    writeFileSync(join(folder, name), svg);
  }
}
