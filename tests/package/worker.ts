import { ConfigObject, createGateway, LimiterObject, type GatewayEnv } from "sluice";
import wasm from "sluice/core.wasm";

export { ConfigObject, LimiterObject };
export const module: WebAssembly.Module = wasm;
export default createGateway() satisfies ExportedHandler<GatewayEnv>;
