// Histograms as SVG text, each with the curve that is expected.

import { STYLE, escaped } from "./svg.mjs";

const WIDTH = 760;
const LEFT = 46;
const RIGHT = 16;
const TOP = 62;
const PANEL = 120;
const PANEL_GAP = 58;

const at = (value) => Number(value.toFixed(1));
const tick = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

/**
 * @param {{
 *   title: string, subtitle: string,
 *   panels: {
 *     label: string, ticks: number, histogram: { from: number, width: number, counts: number[] },
 *     expected: number[],
 *   }[],
 * }} chart
 */
export function histogramChart({ title, subtitle, panels }) {
  const height = TOP + panels.length * (PANEL + PANEL_GAP);
  const parts = panels.map((panel, index) => drawPanel(panel, TOP + index * (PANEL + PANEL_GAP)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>${escaped(title)}</title>
  <style>${STYLE}
    .curve { fill: none; stroke: #e8893c; stroke-width: 2 }
  </style>
  <rect class="ground" width="${WIDTH}" height="${height}"/>
  <text class="text title" x="16" y="26">${escaped(title)}</text>
  <text class="soft small" x="16" y="46">${escaped(subtitle)}</text>
  ${parts.join("\n  ")}
</svg>
`;
}

function drawPanel({ label, ticks, histogram, expected }, top) {
  const { from, width, counts } = histogram;
  const base = top + 18 + PANEL;
  const bar = (WIDTH - LEFT - RIGHT) / counts.length;
  const most = Math.max(...counts, ...expected);
  const y = (count) => base - (count / most) * PANEL;
  const bars = counts.map(
    (count, bin) =>
      `<rect class="s0" x="${at(LEFT + bin * bar + 0.5)}" y="${at(y(count))}" width="${at(bar - 1)}" height="${at(base - y(count))}"/>`,
  );
  const curve = expected.map((count, bin) => `${at(LEFT + (bin + 0.5) * bar)},${at(y(count))}`);
  const numbers = Array.from({ length: ticks + 1 }, (_, i) => {
    const x = LEFT + ((WIDTH - LEFT - RIGHT) * i) / ticks;
    const value = from + (width * counts.length * i) / ticks;
    return `<text class="soft small" x="${at(x)}" y="${base + 16}" text-anchor="middle">${tick(value)}</text>`;
  });
  return [
    `<text class="text" x="${LEFT}" y="${top + 8}">${escaped(label)}</text>`,
    `<text class="soft small" x="${LEFT - 6}" y="${at(y(most)) + 8}" text-anchor="end">${tick(Math.round(most))}</text>`,
    ...bars,
    `<polyline class="curve" points="${curve.join(" ")}"/>`,
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}"/>`,
    ...numbers,
  ].join("");
}
