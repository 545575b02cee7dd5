/**
 * JSON leaves DEL, the C1 controls, and what turns a text around or ends a line for some readers as they are: terminals
 * obey them.
 */
export function harmlessJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
