import { ModelsError } from "../models-error.ts";
import { trainingSettingsSchema, type TrainingSettings } from "./training-settings.ts";

/**
 * The settings of one of several trainings that share most of them. Changes of the images are for those that train on images,
 * whose part is `all`; the others leave them out.
 *
 * @param own what the training has of its own, over what is shared
 * @throws ModelsError TRAINING_SETTINGS naming the setting that does not fit
 */
export function settingsOf(
  shared: Record<string, unknown>,
  own: Record<string, unknown> & Pick<TrainingSettings, "part">,
): TrainingSettings {
  const { augmentation, ...others } = { ...shared, ...own };
  const parsed = trainingSettingsSchema.safeParse({ ...others, ...(own.part === "all" && { augmentation }) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ModelsError({
    code: "TRAINING_SETTINGS",
    message: `The setting ${issue?.path.join(".")} cannot be used: ${issue?.message}.`,
    cause: parsed.error,
  });
}
