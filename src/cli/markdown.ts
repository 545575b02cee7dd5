import { byGroup, capitalised, label } from './help.ts';
import { type Option, variableOf } from './options.ts';

const BEGIN = '<!-- options: written by `npm run docs` from src/cli/options.ts -->';
const END = '<!-- end of options -->';

/** The README with its block of options as the table has them now. */
export function withOptions(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README has no ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${optionsTable()}\n${readme.slice(end)}`;
}

/** Every option, as a table for each group. */
export function optionsTable(): string {
  return byGroup()
    .map(([group, options]) => `| ${group} | |\n|---|---|\n${options.map(row).join('')}`)
    .join('\n');
}

function row(option: Option): string {
  const text = `${capitalised(option.summary)}.${option.details ? ` ${option.details}` : ''}`;
  const variable = variableOf(option);
  return `| ${code(label(option).trim())} | ${cell(text)}${variable ? ` ${code(variable)}` : ''} |\n`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** A bar would end the cell, even inside of code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
