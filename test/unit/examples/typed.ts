import { join } from 'node:path';
import ts from 'typescript';
import { type Data, root } from './examples.ts';

/**
 * What TypeScript says of Kubernetes objects as values of their types, which are made from Kubernetes' schemas: wrong
 * values, and in a literal also fields that the type does not have. In the order of the objects.
 */
export function typeErrors(objects: readonly Data[]): string[][] {
  const sources = new Map(objects.map((object, index) => [join(root, `object-${index}.ts`), source(object)]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2023,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = name => sources.has(name) || fileExists(name);
  host.readFile = name => sources.get(name) ?? readFile(name);
  host.getSourceFile = (name, target) => {
    const text = sources.get(name);
    return text === undefined ? getSourceFile(name, target) : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].map(name =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(name))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

function source(object: Data): string {
  const { apiVersion, kind } = object;
  const models = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  return `import type { I${kind} } from '${models}/${apiVersion}/${kind}';
    export const object: I${kind} = ${JSON.stringify(object)};`;
}
