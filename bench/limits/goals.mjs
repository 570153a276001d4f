// What the simulation has to show.

const percent = (value) => `${(value * 100).toFixed(1)}%`;
const total = (kinds, key) => kinds.reduce((sum, kind) => sum + kind[key], 0);

/** @param {any} limits the limits part of a run */
export function limitsGoals({ cells, broken, admits, spares }) {
  const goal = (id, text, kinds, extreme) => ({
    id,
    text,
    value: `${total(kinds, "reached")} of ${total(kinds, "cells")} cells, ${extreme}`,
    reached: total(kinds, "reached") === total(kinds, "cells"),
  });
  const where = "where each isolate has 20 units and sees 20 requests a period and nothing is lost";
  return [
    {
      id: "limits-over",
      text: "simulated limits never over their bound, whatever is lost, dies or restarts",
      value: `${broken} of ${cells} cells over`,
      reached: broken === 0,
    },
    goal(
      "limits-admitted",
      `at least 95% of the limit admitted at 3×, ${where}`,
      admits,
      `the least ${percent(Math.min(...admits.map(({ least }) => least)))}`,
    ),
    goal(
      "limits-calls",
      `at least 90% fewer calls to objects than one a check, ${where}`,
      spares,
      `the most ${percent(Math.max(...spares.map(({ most }) => most)))}`,
    ),
  ];
}
