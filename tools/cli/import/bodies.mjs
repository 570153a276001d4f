// Bodies of requests and responses as the route's schemas.
import { isAny, mediaTypes } from "./media.mjs";
import { REQUEST, RESPONSE, SchemaReference } from "./schemas.mjs";

const ALL = "2XX";

export class BodyConverter {
  #schemas;
  #sources;
  #findings;

  constructor(schemas, sources, findings) {
    this.#schemas = schemas;
    this.#sources = sources;
    this.#findings = findings;
  }

  /** What the route's request has as its `schema`; undefined if nothing is to be checked. */
  request(operation, method, id) {
    const body = operation.at("requestBody").present
      ? this.#sources.follow(operation.at("requestBody"))
      : undefined;
    if (!body?.isObject) return undefined;
    if (method === "GET" || method === "HEAD") {
      this.#findings.warning(
        "body_without_meaning",
        body,
        `a body of ${method} has no meaning (RFC 9110, section 9.3): it isn't checked`,
      );
      return undefined;
    }
    const { json, others } = mediaTypes(body.at("content"));
    if (others.length > 0) {
      const names = others.map(([type]) => type).join(", ");
      this.#findings.warning(
        "unchecked_body",
        body,
        json.length === 0
          ? `a body of ${names} isn't checked`
          : `the body may be of ${names} too, which would be refused where JSON is checked: it isn't checked`,
      );
      return undefined;
    }
    const schema = this.#one(json, REQUEST, `${id}-request`, body);
    if (schema === undefined) return undefined;
    const types = json.map(([type]) => type.split(";")[0].trim().toLowerCase());
    const isDefault = types.some(isAny) || types.join() === "application/json";
    const rule = {
      schema,
      ...(isDefault ? {} : { contentTypes: [...new Set(types)] }),
      ...(body.value.required === true ? {} : { required: false }),
    };
    return Object.keys(rule).length === 1 ? schema : rule;
  }

  /** What the route's response has as its `schema`: reported, not enforced. */
  response(operation, id) {
    const groups = [];
    for (const [status, listed] of operation.at("responses").members) {
      const response = this.#sources.follow(listed);
      if (!response?.isObject) continue;
      const { json } = mediaTypes(response.at("content"));
      const code = statusOf(status);
      if (json.length === 0 || code === undefined) continue;
      const schema = this.#one(json, RESPONSE, `${id}-${status}`, response);
      if (schema === undefined) continue;
      const same = groups.find(
        (group) =>
          group.schema === schema ||
          (group.schema.entry !== undefined && group.schema.entry === schema.entry),
      );
      if (same === undefined) groups.push({ schema, statuses: [code], listed });
      else same.statuses.push(code);
    }
    const [first, ...rest] = groups;
    if (first === undefined) return undefined;
    for (const { listed, statuses } of rest) {
      this.#findings.warning(
        "other_response",
        listed,
        `a route has one schema for its responses, that of ${first.statuses[0]}: this one (${statuses[0]}) isn't checked`,
      );
    }
    const { schema, statuses } = first;
    const status = statuses.includes(ALL) ? {} : { status: [...new Set(statuses)] };
    return { schema, ...status, onInvalid: "report" };
  }

  #one(types, mode, title, node) {
    const schemas = [];
    for (const [, media] of types) {
      const schema = media.at("schema");
      if (!schema.present) return undefined;
      const reference = this.#schemas.refer(schema, mode, title);
      if (!schemas.some((other) => other.entry !== undefined && other.entry === reference.entry))
        schemas.push(reference);
    }
    if (schemas.length === 0) return undefined;
    if (schemas.length === 1) return schemas[0] instanceof SchemaReference ? schemas[0] : undefined;
    this.#findings.note(
      "several_media_types",
      node,
      "the media types have schemas of their own: a body is valid by any of them, whatever its type",
    );
    const anyOf = schemas.map((schema) =>
      schema instanceof SchemaReference ? { $ref: schema } : schema,
    );
    return this.#schemas.add(title, { anyOf }, mode, node);
  }
}

/** The status of an answer that succeeds and has a whole body, or all of them; undefined for others. */
function statusOf(text) {
  if (/^2XX$/i.test(text)) return ALL;
  return /^2\d\d$/.test(text) && !["204", "205", "206"].includes(text) ? Number(text) : undefined;
}
