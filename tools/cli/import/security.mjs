// Security schemes: what to add to the policy by hand, since keys are in no document.
import { textOf } from "./source.mjs";

/** Reports each scheme that an operation requires, once, with what to do. */
export function reportSecurity(root, operations, sources, findings) {
  const uses = new Map();
  for (const { node } of operations) {
    const requirements = node.at("security").present ? node.at("security") : root.at("security");
    for (const name of new Set(
      requirements.elements.flatMap((one) => one.members.map(([scheme]) => scheme)),
    )) {
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  for (const [name, routes] of uses) {
    const listed = root.at("components", "securitySchemes", name);
    const scheme = listed.present ? sources.follow(listed) : undefined;
    const of = `${routes} ${routes === 1 ? "route" : "routes"}`;
    findings.warning(
      "security",
      scheme ?? root.at("security"),
      `${name} (${of}) ${adviceFor(scheme?.value)}`,
    );
  }
}

function adviceFor(scheme) {
  if (scheme?.type === "apiKey" && scheme.in === "header") {
    const rule = {
      type: "apiKey",
      header: textOf(scheme.name).toLowerCase(),
      keys: [{ sha256: "…", identity: "…" }],
    };
    return `isn't checked by the gateway. To do so, add to "auth" ${JSON.stringify({ customers: rule })}, and "auth": "customers" to the routes; the key then isn't forwarded`;
  }
  if (scheme?.type === "apiKey")
    return `isn't checked by the gateway, which knows keys in headers only (this one is in the ${textOf(scheme.in)}): the upstream goes on checking it`;
  return "isn't checked by the gateway, whose auth knows API keys: what clients send goes upstream, which goes on checking it";
}
