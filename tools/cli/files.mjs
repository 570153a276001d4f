import { open, writeFile } from "node:fs/promises";
import { CliError } from "./error.mjs";

/** The file's bytes, of which there may be `most`. */
export async function readBytes(path, most) {
  let file;
  try {
    file = await open(path);
    const { size } = await file.stat();
    if (size > most) throw new CliError(`${path} is larger than ${most >> 20} MiB`);
    return new Uint8Array(await file.readFile());
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${path} can't be read: ${reason(error)}`);
  } finally {
    await file?.close();
  }
}

export async function writeText(path, text) {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new CliError(`${path} can't be written: ${reason(error)}`);
  }
}

function reason({ code, message }) {
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "it may not be";
  if (code === "EISDIR") return "it is a folder";
  return message;
}
