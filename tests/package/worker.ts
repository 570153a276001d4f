import {
  ConfigError,
  ConfigObject,
  createGateway,
  getConfig,
  LimiterObject,
  type GatewayEnv,
} from "sluice";
import wasm from "sluice/core.wasm";

export { ConfigObject, LimiterObject };
export const module: WebAssembly.Module = wasm;
export default createGateway() satisfies ExportedHandler<GatewayEnv>;

interface Pricing {
  readonly currency: string;
}

export async function currency(env: GatewayEnv): Promise<string> {
  try {
    const { value, errors = [] } = await getConfig<Pricing>(env, "pricing", {
      schema: { required: ["currency"] },
    });
    for (const { pointer = "", message } of errors) console.warn(pointer, message);
    return value.currency;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.code;
  }
}
