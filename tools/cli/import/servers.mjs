// Servers as upstreams.
import { Names } from "./names.mjs";
import { textOf } from "./source.mjs";
import { quoted } from "./sources.mjs";
import { CliError } from "../error.mjs";

const UNKNOWN = "https://upstream.invalid";

/** `--upstream name=https://… | name=service:BINDING`, several times. */
export function readUpstreamOptions(texts) {
  const given = new Map();
  for (const text of texts) {
    const [, name, target] = /^([A-Za-z][A-Za-z0-9_-]{0,63})=(.+)$/.exec(text) ?? [];
    if (name === undefined) {
      throw new CliError(`--upstream ${text}: expected NAME=https://… or NAME=service:BINDING`);
    }
    const binding = /^service:([A-Za-z_][A-Za-z0-9_]{0,63})$/.exec(target)?.[1];
    if (binding === undefined && !/^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/.test(target)) {
      throw new CliError(`--upstream ${text}: expected a URL without query, or service:BINDING`);
    }
    given.set(
      name,
      binding === undefined ? { type: "origin", url: target } : { type: "service", binding },
    );
  }
  return given;
}

/**
 * The upstreams of a document, one for each server that an operation has as its first. What clients call stays the same:
 * a server's path is the beginning of its routes' paths.
 */
export class Servers {
  #findings;
  #given;
  #names = new Names();
  #known = new Map();
  #used = new Set();

  constructor(given, findings) {
    this.#given = given;
    this.#findings = findings;
  }

  /**
   * `{ name, base, strips }` for the first of the servers at a node: `base` goes before the paths that clients call, and
   * `strips` says that the upstream isn't told it.
   */
  upstreamOf(servers) {
    const [first, ...others] = servers.elements;
    if (others.length > 0) {
      this.#findings.note(
        "other_servers",
        servers,
        `the first server is taken, ${others.length} more ${others.length === 1 ? "isn't" : "aren't"}`,
      );
    }
    const url = first === undefined ? "/" : this.#substituted(first);
    if (url.startsWith("//")) {
      this.#findings.note(
        "server_scheme",
        first,
        `the server ${quoted(url)} has the document's own scheme: https is taken`,
      );
    }
    const { origin, path } = split(url);
    let known = this.#known.get(origin);
    if (known === undefined) {
      known = this.#add(origin, first ?? servers);
      this.#known.set(origin, known);
    }
    return { name: known.name, base: path, strips: known.given };
  }

  /** The section of the policy. */
  finish() {
    for (const name of this.#given.keys()) {
      if (this.#used.has(name)) continue;
      const names = [...this.#known.values()].map((upstream) => upstream.name).join(", ");
      throw new CliError(`--upstream ${name}=…: the document's upstreams are ${names}`);
    }
    const upstreams = {};
    for (const { name, upstream } of this.#known.values()) upstreams[name] = upstream;
    return upstreams;
  }

  #add(origin, node) {
    const isFirst = this.#known.size === 0;
    // One that is given and isn't another server's name is what the first one is to be called.
    const [only] = this.#given.size === 1 ? this.#given.keys() : [];
    const name = this.#names.take(isFirst ? (only ?? "api") : hostOf(origin), "api");
    const given = this.#given.get(name);
    if (given !== undefined) this.#used.add(name);
    else if (origin === "") {
      this.#findings.error(
        "no_server",
        node,
        `the document doesn't say on which host it is: --upstream ${name}=https://…`,
      );
    }
    return {
      name,
      upstream: given ?? { type: "origin", url: origin === "" ? UNKNOWN : origin },
      given: given !== undefined,
    };
  }

  #substituted(server) {
    const url = textOf(server.value?.url ?? "/");
    return url.replace(/\{([^{}]*)\}/g, (whole, name) => {
      const value = server.at("variables", name, "default").value;
      if (value === undefined) {
        this.#findings.error(
          "no_server",
          server,
          `the server ${quoted(url)} has no default for ${whole}`,
        );
        return name;
      }
      this.#findings.note(
        "server_variable",
        server,
        `${whole} of the server ${quoted(url)} is taken as ${quoted(textOf(value))}`,
      );
      return textOf(value);
    });
  }
}

function split(url) {
  const whole = url.startsWith("//") ? `https:${url}` : url;
  const [, origin = "", path = ""] = /^(https?:\/\/[^/?#]+)?([^?#]*)/i.exec(whole) ?? [];
  return { origin: origin.toLowerCase(), path: path.replace(/\/+$/, "").replace(/^(?=[^/])/, "/") };
}

function hostOf(origin) {
  return origin.replace(/^https?:\/\//, "");
}
