import type { LoggedExposure } from "./log.ts";
import type { Verdict } from "./verdict.ts";

const STYLE = `
  :root { color-scheme: light dark; --ink: light-dark(#1b1b1f, #e7e5e4); --soft: light-dark(#6b6b76, #a09c98);
          --line: light-dark(#e4e2de, #3a3734); --bar: #d9480f; --paper: light-dark(#fffdfa, #1c1a18); }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
         max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0 0 .2rem } h2 { font-size: 1.05rem; margin: 2.2rem 0 .3rem }
  p { margin: 0 0 .8rem; color: var(--soft) } .mismatch { color: #c92a2a; font-weight: 600 } .planned { color: #2b8a3e }
  .row { display: grid; grid-template-columns: 8rem 1fr 9rem; gap: .8rem; align-items: center; margin: .25rem 0 }
  .track { position: relative; height: 1.1rem; background: var(--line); border-radius: 3px }
  .bar { height: 100%; background: var(--bar); border-radius: 3px; min-width: 2px }
  .mark { position: absolute; top: -3px; bottom: -3px; width: 2px; background: var(--ink) }
  .number { text-align: right; font-variant-numeric: tabular-nums }
  table { border-collapse: collapse; width: 100%; font-size: .87rem } td, th { text-align: left; padding: .25rem .5rem .25rem 0;
    border-bottom: 1px solid var(--line) } td:nth-child(4) { font-family: ui-monospace, monospace }
`;

/** Everything that came in is text of clients: it is escaped, always. */
function text(value: unknown): string {
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

function sentence({ verdict, p, crossed }: Verdict): string {
  const also =
    crossed === 0 ? "" : ` ${crossed} ${crossed === 1 ? "user was" : "users were"} seen in two.`;
  switch (verdict) {
    case "as planned":
      return `<p><span class="planned">Split as planned</span> (p = ${p?.toFixed(3)}).${also}</p>`;
    case "mismatch":
      return `<p><span class="mismatch">Sample ratio mismatch</span> (p = ${p?.toExponential(1)}): users were lost or gained unevenly; don't trust the results before you know why.${also}</p>`;
    case "too few users":
      return `<p>Too few users yet to test the split.${also}</p>`;
    case "weights unknown":
      return `<p>Nobody has told this Worker the weights (WEIGHTS in its wrangler.toml).${also}</p>`;
  }
}

function experiment(verdict: Verdict): string {
  const total = verdict.rows.reduce((sum, { users }) => sum + users, 0);
  const most = Math.max(
    1,
    ...verdict.rows.map(({ users, expected }) => Math.max(users, expected ?? 0)),
  );
  const rows = verdict.rows.map(({ name, users, sticky, expected }) => {
    const mark =
      expected === null
        ? ""
        : `<div class="mark" style="left:${((100 * expected) / most).toFixed(2)}%" title="expected ${expected.toFixed(1)}"></div>`;
    return `<div class="row"><span>${text(name)}</span>
      <div class="track"><div class="bar" style="width:${((100 * users) / most).toFixed(2)}%"></div>${mark}</div>
      <span class="number">${users} · ${percent(users, total)}${sticky === 0 ? "" : ` + ${sticky} sticky`}</span></div>`;
  });
  return `<h2>${text(verdict.experiment)}</h2>${sentence(verdict)}${rows.join("")}`;
}

function row({ time, experiment, variation, value, route }: LoggedExposure): string {
  const at = new Date(time).toISOString().slice(11, 19);
  return `<tr><td>${at}</td><td>${text(experiment)}</td><td>${text(variation)}</td><td>${text(value.slice(0, 24))}</td><td>${text(route)}</td></tr>`;
}

export function page(verdicts: readonly Verdict[], latest: readonly LoggedExposure[]): string {
  const experiments =
    verdicts.length === 0
      ? "<p>Nobody has been exposed to anything yet.</p>"
      : verdicts.map(experiment).join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Exposures</title><style>${STYLE}</style>
<h1>Exposures</h1><p>Users of each variation, each once; beside those whom the hash assigned, those whom a sticky bucket kept. The line is what the weights promise.</p>
${experiments}
<h2>Latest</h2><table><tr><th>UTC</th><th>experiment</th><th>variation</th><th>user</th><th>route</th></tr>
${latest.map(row).join("\n")}</table></html>
`;
}
