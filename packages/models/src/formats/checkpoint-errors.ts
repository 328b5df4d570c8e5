import { ModelsError } from "../models-error.ts";

/** The file wants code to run, or is of a kind that is not read. */
export function refusedCheckpoint(source: string, what: string): ModelsError {
  return new ModelsError({
    code: "CHECKPOINT_REFUSED",
    message: `${source} holds more than weights: its pickle asks for ${what}, which is never done. Save only the state dict (torch.save(model.state_dict(), file)) or convert the file to safetensors.`,
  });
}

/** The file is damaged. */
export function invalidCheckpoint(source: string, what: string, cause?: unknown): ModelsError {
  return new ModelsError({
    code: "CHECKPOINT_INVALID",
    message: `${source} is not a usable PyTorch file: ${what}. Fetch or save it again.`,
    cause,
  });
}
