import { isSluiceError, type SluiceError } from "../core/errors.ts";

/** Why a transform could not be run over a body: the body's fault, in words and for programs. */
export interface TransformFault {
  readonly error: SluiceError;
  readonly why: string;
  /** Members of the problem that it becomes. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Undefined for an error that isn't the body's fault. `name`: of the transform. */
export function transformFault(error: unknown, name: string): TransformFault | undefined {
  if (
    !isSluiceError(error, "invalid_json") &&
    !isSluiceError(error, "budget_exceeded") &&
    !isSluiceError(error, "transform_failed")
  ) {
    return undefined;
  }
  const { code, message, location, byteOffset, budget } = error;
  const step = location === undefined ? undefined : `/transforms/${name}${location}`;
  const places = [
    ...(step === undefined ? [] : [`at ${step}`]),
    ...(byteOffset === undefined ? [] : [`byte ${String(byteOffset)}`]),
  ];
  return {
    error,
    why: places.length === 0 ? message : `${message} (${places.join(", ")})`,
    members: {
      code,
      ...(step === undefined ? {} : { step }),
      ...(byteOffset === undefined ? {} : { byteOffset }),
      ...(budget === undefined ? {} : { budget }),
    },
  };
}
