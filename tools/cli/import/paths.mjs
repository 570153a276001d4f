// Path templates: OpenAPI's as the policy writes them.
import { Names, nameOf } from "./names.mjs";
import { quoted } from "./sources.mjs";

const MAX_SEGMENTS = 64;

/**
 * `{ path, parameters }`: the template, and for each of its parameters by its name there either `{ name }`, which is
 * the document's, or `{ pattern }`, where a segment is only in part one. Undefined, and reported, if there can be none.
 */
export function convertPath(text, base, node, findings) {
  const fail = (message) =>
    void findings.error(
      "unsupported_path",
      node,
      `${quoted(text)}: ${message}; its operations are left out`,
    );
  if (!text.startsWith("/")) return fail('a path starts with "/"');
  if (/[?#\\]/.test(text)) return fail("a path has no query, fragment or backslash");
  const segments = `${base}${text}`.slice(1).split("/");
  if (segments.length > MAX_SEGMENTS) return fail(`a path has at most ${MAX_SEGMENTS} segments`);
  if (segments.slice(0, -1).includes(""))
    return fail("repeated slashes are merged before matching");
  const names = new Names();
  const parameters = new Map();
  const converted = [];
  for (const segment of segments) {
    const one = convertSegment(segment, names, parameters);
    if (one === undefined) return fail(`${quoted(segment)} has a brace without its other`);
    if (one.partial) {
      findings.warning(
        "partial_segment",
        node,
        `${quoted(segment)}: in a policy a parameter is a whole segment; its form is checked by a pattern, and the types of its parts aren't`,
      );
    }
    converted.push(one.text);
  }
  return { path: `/${converted.join("/")}`, parameters };
}

function convertSegment(segment, names, parameters) {
  const parts = segment.split(/\{([^{}]*)\}/);
  if (parts.some((part) => /[{}]/.test(part))) return undefined;
  if (parts.length === 1) return { text: segment };
  if (parts.length === 3 && parts[0] === "" && parts[2] === "") {
    const name = names.take(parts[1], "parameter");
    parameters.set(name, { name: parts[1] });
    return { text: `{${name}}` };
  }
  const name = names.take(nameOf(parts.join("-"), "parameter"), "parameter");
  const pattern = parts
    .map((part, index) =>
      index % 2 === 1 ? "[^/]+" : part.replace(/[$()*+.?[\\\]^{|}/]/g, "\\$&"),
    )
    .join("");
  parameters.set(name, { pattern: `^${pattern}$` });
  return { text: `{${name}}`, partial: true };
}

/** Whether a segment is only in part a parameter: "{name}.json". */
export function hasPartialSegment(path) {
  return path.split("/").some((segment) => /[{}]/.test(segment) && !/^\{[^{}]*\}$/.test(segment));
}

/** The same for two templates that take the same paths. */
export function shapeOf(path) {
  return path.replace(/\{[^{}]*\}/g, "{}");
}
