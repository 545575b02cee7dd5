export declare const NATIVE_TARGETS: readonly string[];
export declare function buildNativeTarget(
  name: string,
  folder: string,
  source?: string,
): { program: string | undefined; reason?: string };
