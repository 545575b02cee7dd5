declare const LICENSE: string;

/** A module of its own, so that the bundle has the text once. */
export const license: string = LICENSE;
