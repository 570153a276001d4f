// The gateway as a Worker of its own, as the wrangler.toml in the root deploys it.
import { ConfigObject, LimiterObject, createGateway } from "./index.ts";

export { ConfigObject, LimiterObject };

export default createGateway();
