// Figures and tables of the report.

export const round = (value, digits = 0) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const percent = (value, digits = 0) => `${(value * 100).toFixed(digits)}%`;
export const spread = ({ spread: value }) => `±${percent(value, 1)}`;
export const bytes = (value) => (value < 1e4 ? `${value} B` : `${round(value / 1000)} KB`);
export const time = (ns) =>
  ns < 1e3
    ? `${ns.toFixed(1)} ns`
    : ns < 1e6
      ? `${(ns / 1e3).toFixed(2)} µs`
      : `${(ns / 1e6).toFixed(2)} ms`;
export const speed = (size, ns) => (size === null ? "" : round((size / ns) * 1000));

export function table(head, rows, align = head.map((_, i) => (i === 0 ? "left" : "right"))) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(align.map((side) => (side === "left" ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}
