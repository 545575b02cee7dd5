import { byGroup, capitalised, label } from './help.ts';
import { type Option, variableOf } from './options.ts';

const BEGIN = '<!-- options: written by `npm run docs` from src/cli/options.ts -->';
const END = '<!-- end of options -->';

/** A page with its block of options as the table has them now. */
export function withOptions(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${optionsTable()}\n${page.slice(end)}`;
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
