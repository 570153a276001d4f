import { SluiceError } from "./errors.ts";
import { Handle } from "./handle.ts";
import type { Instance, Json } from "./instance.ts";

export interface TransformOptions {
  /** What the steps hash with, by the names that they use. A string stands for its UTF-8. */
  readonly secrets?: Readonly<Record<string, string | Uint8Array>> | undefined;
}

export interface ApplyOptions {
  /** The other documents of a `compose`, by their names; for what is missing its step decides. */
  readonly inputs?: Readonly<Record<string, Json | undefined>> | undefined;
}

/** Steps that reshape JSON, bytes to bytes; what they don't touch keeps its exact text. */
export class Transform extends Handle {
  /** Names of the inputs that the steps compose. */
  readonly inputs: readonly string[];
  /** Names of the secrets that the steps hash with. */
  readonly secrets: readonly string[];

  private constructor(
    instance: Instance,
    handle: number,
    inputs: readonly string[],
    secrets: readonly string[],
  ) {
    super(instance, handle);
    this.inputs = inputs;
    this.secrets = secrets;
  }

  /** @internal */
  static compile(instance: Instance, json: Json, options: TransformOptions): Transform {
    const { handle, names } = instance.compileTransform(json);
    const { inputs, secrets } = JSON.parse(names) as { inputs: string[]; secrets: string[] };
    const transform = new Transform(instance, handle, inputs, secrets);
    try {
      transform.#setSecrets(options.secrets ?? {});
    } catch (error) {
      transform.dispose();
      throw error;
    }
    return transform;
  }

  /**
   * The bytes returned are the caller's own. Text that isn't JSON throws `invalid_json`, a document
   * that the steps can't be applied to `transform_failed` with the step as `location`, and an input
   * that no step names `invalid_argument`.
   */
  apply(json: Json, options?: ApplyOptions): Uint8Array {
    const inputs = options?.inputs;
    return this.instance.applyTransform(
      this.handle,
      json,
      inputs === undefined ? undefined : this.#numbered(inputs),
    );
  }

  #setSecrets(values: Readonly<Record<string, string | Uint8Array>>): void {
    this.secrets.forEach((name, number) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) {
        throw new SluiceError(
          "missing_secret",
          `the steps name the secret ${JSON.stringify(name)}, which was not given`,
        );
      }
      this.instance.setTransformSecret(this.handle, number, value);
    });
  }

  #numbered(inputs: Readonly<Record<string, Json | undefined>>): (Json | undefined)[] {
    const slots = new Array<Json | undefined>(this.inputs.length).fill(undefined);
    for (const [name, text] of Object.entries(inputs)) {
      const number = this.inputs.indexOf(name);
      if (number < 0) {
        const known = this.inputs.map((input) => JSON.stringify(input)).join(", ");
        throw new SluiceError(
          "invalid_argument",
          `no step names the input ${JSON.stringify(name)} (they name ${known || "none"})`,
        );
      }
      slots[number] = text;
    }
    return slots;
  }
}
