// Horizontal bar charts as SVG text: no dependency, readable on light and dark ground.

const WIDTH = 760;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 74;
const BAR = 18;
const GROUP_GAP = 10;
const TOP = 62;
const BOTTOM = 14;

export const STYLE = `
    .ground { fill: #ffffff } .text { fill: #1f2328 } .soft { fill: #59636e } .axis { stroke: #d1d9e0 } .range { stroke: #1f2328 }
    .s0 { fill: #0b7285 } .s1 { fill: #e8893c } .s2 { fill: #a9b4be }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 } .text { fill: #f0f6fc } .soft { fill: #9198a1 } .axis { stroke: #3d444d } .range { stroke: #f0f6fc }
      .s0 { fill: #3bc9db } .s1 { fill: #f5a65b } .s2 { fill: #656e78 }
    }
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
    .title { font-size: 16px; font-weight: 600 } .small { font-size: 12px }`;

export const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const figure = (value) =>
  value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
const at = (value) => Number(value.toFixed(1));

/**
 * @param {{
 *   title: string, subtitle: string, series?: string[],
 *   groups: { label: string, bars: { series: number, value: number, low: number, high: number }[] }[],
 * }} chart
 */
export function barChart({ title, subtitle, series = [], groups }) {
  const scale =
    (WIDTH - LABEL_WIDTH - VALUE_WIDTH) /
    Math.max(...groups.flatMap(({ bars }) => bars.map(({ value, high }) => Math.max(value, high))));
  const parts = [];
  let y = TOP;
  for (const { label, bars } of groups) {
    const height = bars.length * BAR;
    parts.push(
      `<text class="text" x="${LABEL_WIDTH - 10}" y="${y + height / 2 + 4.5}" text-anchor="end">${escaped(label)}</text>`,
    );
    for (const bar of bars) parts.push(drawBar(bar, scale, (y += BAR) - BAR));
    y += GROUP_GAP;
  }
  const bottom = y - GROUP_GAP + 4;
  const height = bottom + BOTTOM;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>${escaped(title)}</title>
  <style>${STYLE}
  </style>
  <rect class="ground" width="${WIDTH}" height="${height}"/>
  <text class="text title" x="16" y="26">${escaped(title)}</text>
  <text class="soft small" x="16" y="46">${escaped(subtitle)}</text>
  ${legend(series)}
  <line class="axis" x1="${LABEL_WIDTH}" x2="${LABEL_WIDTH}" y1="${TOP - 4}" y2="${bottom}"/>
  ${parts.join("\n  ")}
</svg>
`;
}

function drawBar({ series, value, low, high }, scale, y) {
  const middle = y + BAR / 2;
  const end = LABEL_WIDTH + Math.max(value, high) * scale;
  return [
    `<rect class="s${series}" x="${LABEL_WIDTH}" y="${y + 1}" width="${at(value * scale)}" height="${BAR - 2}" rx="2"/>`,
    `<line class="range" x1="${at(LABEL_WIDTH + low * scale)}" x2="${at(LABEL_WIDTH + high * scale)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="text small" x="${at(end + 7)}" y="${middle + 4}">${figure(value)}</text>`,
  ].join("");
}

function legend(series) {
  return series
    .map((name, index) => {
      const x = WIDTH - 120 * (series.length - index);
      return `<rect class="s${index}" x="${x}" y="16" width="12" height="12" rx="2"/><text class="text small" x="${x + 18}" y="26">${escaped(name)}</text>`;
    })
    .join("");
}
