// An OpenAPI document as a policy.
import { CliError } from "../error.mjs";
import { BodyConverter } from "./bodies.mjs";
import { Findings } from "./findings.mjs";
import { Names } from "./names.mjs";
import { ParameterConverter, parametersOf } from "./parameters.mjs";
import { convertPath, hasPartialSegment, shapeOf } from "./paths.mjs";
import { REQUEST, Schemas, named } from "./schemas.mjs";
import { reportSecurity } from "./security.mjs";
import { Servers } from "./servers.mjs";
import { textOf } from "./source.mjs";
import { Sources, quoted } from "./sources.mjs";

// GET includes HEAD, where none is said.
const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "query"];

/**
 * `{ policy, findings, origins }`: `origins` has the node of the document behind a pointer of the policy, for what the
 * core says of it.
 */
export function convert(path, givenUpstreams) {
  const findings = new Findings();
  const sources = new Sources(path, findings);
  return new Converter(sources, findings, givenUpstreams).run();
}

class Converter {
  #sources;
  #findings;
  #root;
  #schemas;
  #servers;
  #bodies;
  #parameters;
  #ids = new Names();
  #shapes = new Map();
  #routes = [];
  #operations = [];

  constructor(sources, findings, givenUpstreams) {
    this.#sources = sources;
    this.#findings = findings;
    this.#root = sources.root;
    const is30 = versionOf(this.#root) === "3.0";
    this.#schemas = new Schemas(sources, findings, {
      is30,
      dialect: this.#root.at("jsonSchemaDialect"),
    });
    this.#servers = new Servers(givenUpstreams, findings);
    this.#bodies = new BodyConverter(this.#schemas, sources, findings);
    this.#parameters = new ParameterConverter(this.#schemas, sources, findings);
  }

  run() {
    // A path whose parameters are whole segments takes those that it shares with one where they aren't.
    const paths = this.#root.at("paths").members;
    for (const [text, listed] of [
      ...paths.filter(([text]) => !hasPartialSegment(text)),
      ...paths.filter(([text]) => hasPartialSegment(text)),
    ]) {
      const item = this.#sources.follow(listed);
      if (item?.isObject) this.#path(text, item);
    }
    if (this.#routes.length === 0)
      this.#findings.error(
        "no_operations",
        this.#root.at("paths"),
        "the document has no operations: no routes come of it",
      );
    this.#reportUnused();
    reportSecurity(this.#root, this.#operations, this.#sources, this.#findings);
    const { schemas, origins } = this.#schemas.finish();
    const policy = {
      version: 1,
      upstreams: this.#servers.finish(),
      ...(Object.keys(schemas).length > 0 ? { schemas } : {}),
      routes: this.#routes.map(named),
    };
    return { policy, findings: this.#findings, origins: new Origins(origins, this.#operations) };
  }

  #path(text, item) {
    for (const method of Object.keys(item.value)) {
      if (method === "trace")
        this.#findings.warning("unsupported_method", item.at(method), "TRACE isn't passed on");
    }
    for (const method of METHODS) {
      const operation = item.at(method);
      if (operation.isObject) this.#operation(text, item, method.toUpperCase(), operation);
    }
  }

  #operation(text, item, method, operation) {
    const servers = [operation, item, this.#root]
      .map((node) => node.at("servers"))
      .find((node) => node.elements.length > 0);
    const upstream = this.#servers.upstreamOf(servers ?? this.#root.at("servers"));
    const template = convertPath(text, upstream.base, item, this.#findings);
    if (template === undefined) return;
    const shape = `${method} ${shapeOf(template.path)}`;
    if (this.#shapes.has(shape)) {
      this.#findings.error(
        "ambiguous_path",
        operation,
        `${method} ${quoted(text)} takes the same paths as ${quoted(this.#shapes.get(shape))}: it is left out`,
      );
      return;
    }
    this.#shapes.set(shape, text);
    this.#operations.push({ node: operation, text });
    this.#routes.push(this.#route({ text, item, method, operation, upstream, template }));
  }

  #route({ text, item, method, operation, upstream, template }) {
    const id = this.#ids.take(
      textOf(operation.value.operationId ?? `${method.toLowerCase()} ${text}`),
      "route",
    );
    const parameters = parametersOf(item, operation, this.#sources, this.#findings);
    const named = (name, schema) => schema && this.#schemas.add(name, schema, REQUEST, operation);
    const query = named(`${id}-query`, this.#parameters.query(parameters));
    const params = named(
      `${id}-params`,
      this.#parameters.params(parameters, template.parameters, item),
    );
    this.#parameters.reportOthers(parameters);
    const request = this.#bodies.request(operation, method, id);
    const response = this.#bodies.response(operation, id);
    if (operation.at("callbacks").present)
      this.#findings.note(
        "callbacks",
        operation.at("callbacks"),
        "callbacks go from the upstream to its clients, not through the gateway",
      );
    return {
      id,
      match: { methods: [method], path: template.path },
      upstream: upstream.name,
      ...(upstream.strips && upstream.base !== ""
        ? { path: template.path.slice(upstream.base.length) }
        : {}),
      ...(query === undefined ? {} : { query }),
      ...(params === undefined ? {} : { params }),
      ...(request === undefined ? {} : { request: { schema: request } }),
      ...(response === undefined ? {} : { response: { schema: response } }),
    };
  }

  #reportUnused() {
    const webhooks = this.#root.at("webhooks");
    if (webhooks.present)
      this.#findings.note(
        "webhooks",
        webhooks,
        "webhooks go from the upstream to its clients, not through the gateway",
      );
  }
}

function versionOf(root) {
  const version = textOf(root.value?.openapi ?? "");
  if (/^3\.[01](?:\.|$)/.test(version)) return version.slice(0, 3);
  if (/^3\.2(?:\.|$)/.test(version)) return "3.1";
  if (root.value?.swagger !== undefined) {
    throw new CliError(
      `${root.file} is of Swagger ${textOf(root.value.swagger)}: convert it to OpenAPI 3 first`,
    );
  }
  throw new CliError(
    `${root.file} is no OpenAPI document of version 3.0 or 3.1: its "openapi" says neither`,
  );
}

/** Where something of the policy comes from. */
class Origins {
  #schemas;
  #operations;

  constructor(schemas, operations) {
    this.#schemas = schemas;
    this.#operations = operations;
  }

  /** Routes of these numbers are no more in the policy. */
  leaveOut(routes) {
    this.#operations = this.#operations.filter((_, number) => !routes.has(number));
  }

  /** The document's node for a pointer into the policy, as near as can be. */
  of(pointer) {
    const [, section, name, ...rest] = pointer.split("/");
    if (section === "routes") return this.#operations[Number(name)]?.node;
    const node = section === "schemas" ? this.#schemas.get(name) : undefined;
    if (node === undefined) return undefined;
    const below = node.at(...rest.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")));
    return below.value === undefined ? node : below;
  }
}
