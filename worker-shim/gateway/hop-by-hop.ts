// RFC 9110, section 7.6.1, and Proxy-Connection, which never was a standard. Upgrade is kept where it
// asks for a WebSocket, which the platform itself carries out.
const HOP_BY_HOP = ["keep-alive", "te", "trailer", "transfer-encoding", "proxy-connection"];
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Removes what concerns one connection only, and with it whatever Connection names. */
export function stripHopByHop(headers: Headers): void {
  const connection = headers.get("connection");
  if (connection !== null) {
    for (const option of connection.split(",")) {
      const name = option.trim().toLowerCase();
      if (name !== "upgrade" && TOKEN.test(name)) headers.delete(name);
    }
    headers.delete("connection");
  }
  for (const name of HOP_BY_HOP) headers.delete(name);
  const upgrade = headers.get("upgrade");
  if (upgrade !== null && upgrade.toLowerCase() !== "websocket") headers.delete("upgrade");
}
