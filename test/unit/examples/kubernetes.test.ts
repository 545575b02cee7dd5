import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Data, files, pods, root, startedInKubernetes } from './examples.ts';
import { typeErrors } from './typed.ts';

const all = files('kubernetes');
const objects = all.flatMap(({ documents }) => documents);
const named = (list: readonly Data[] = []): string[] => list.map(({ name }) => name);
const portsOf = (pod: Data): string[] => pod.spec.containers.flatMap(({ ports }: Data) => named(ports));

describe("Kubernetes' schemas", () => {
  it('take every object', { timeout: 120_000 }, () => {
    const errors = typeErrors(objects);
    expect(objects.map(({ kind }, index) => [kind, errors[index]])).toEqual(objects.map(({ kind }) => [kind, []]));
  });

  it('refuse unknown fields, wrong values and missing ones, as they do here', { timeout: 120_000 }, () => {
    const pod = (container: Data): Data => ({ apiVersion: 'v1', kind: 'Pod', spec: { containers: [container] } });
    const monitor = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      spec: { selector: {}, podMetrics: [] },
    };
    const wrong = [
      pod({ name: 'a', terminationMessagesPath: '/dev/termination-log' }),
      pod({ name: 'a', terminationMessagePolicy: 'Always' }),
      pod({ image: 'a' }),
      monitor,
    ];
    const errors = typeErrors(wrong);
    expect(errors[0]!.join()).toContain('terminationMessagesPath');
    expect(errors[1]!.join()).toContain('"Always"');
    expect(errors[2]!.join()).toContain('Property \'"name"\' is missing');
    expect(errors[3]!.join()).toContain('podMetrics');
  });
});

describe.each(startedInKubernetes())('$title', ({ settings, stop, grace, messagePath, container, around }) => {
  it('has its stop behind it when the kubelet kills', () => {
    expect(stop).toBeLessThan(grace);
  });

  it('writes its message where the kubelet looks', () => {
    if (container.terminationMessagePath) expect(settings.terminationLog).toBe(messagePath);
    else expect([undefined, messagePath]).toContain(settings.terminationLog);
  });

  it('serves its metrics on a port that the Pod names, where it can be reached', () => {
    const annotated = around.metadata.annotations?.['prometheus.io/port'];
    expect(annotated).toBe(settings.metrics && String(settings.metrics.port));
    if (!settings.metrics) return;
    expect(settings.metrics.host).toBe('0.0.0.0');
    expect(container.ports).toContainEqual({ name: 'sexton', containerPort: settings.metrics.port });
  });
});

describe.each(all.flatMap(({ path, documents }) => pods(documents).map(pod => ({ path, pod }))))(
  'the Pod of $path',
  ({ pod }) => {
    it('keeps to the Pod Security level restricted, but for hostPID', () => {
      expect(pod.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])])
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    });

    it('probes ports that it has', () => {
      for (const { startupProbe, readinessProbe, livenessProbe } of pod.spec.containers)
        for (const probe of [startupProbe, readinessProbe, livenessProbe])
          if (probe?.httpGet) expect(portsOf(pod)).toContain(probe.httpGet.port);
    });

    it('mounts volumes that it has', () => {
      const owner = objects.find(({ spec }) => spec?.template === pod);
      const claims = (owner?.spec.volumeClaimTemplates ?? []).map(({ metadata }: Data) => metadata);
      for (const { volumeMounts } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])])
        expect([...named(pod.spec.volumes), ...named(claims)]).toEqual(expect.arrayContaining(named(volumeMounts)));
    });
  },
);

describe('what refers to Pods', () => {
  const labelled = (labels: Data): Data[] =>
    pods(objects).filter(({ metadata }) =>
      Object.entries(labels).every(([name, value]) => metadata.labels[name] === value),
    );

  it.each(objects.filter(({ spec }) => spec?.template))('$kind $metadata.name selects its own', ({ spec }) => {
    if (spec.selector) expect(labelled(spec.selector.matchLabels)).toEqual([spec.template]);
  });

  it.each(objects.filter(({ kind }) => kind === 'Service'))('Service $metadata.name reaches a port', ({ spec }) => {
    const [pod] = labelled(spec.selector);
    for (const { targetPort } of spec.ports) expect(portsOf(pod)).toContain(targetPort);
  });

  it.each(objects.filter(({ kind }) => kind === 'PodMonitor'))(
    'PodMonitor $metadata.name reaches a port',
    ({ spec }) => {
      const [pod] = labelled(spec.selector.matchLabels);
      for (const { port, path } of spec.podMetricsEndpoints) {
        expect(portsOf(pod)).toContain(port);
        expect(pod.metadata.annotations['prometheus.io/path']).toBe(path);
      }
    },
  );
});

it.each([...all, ...files('compose')])('$path says at its head what it shows', ({ text }) => {
  expect(text).toMatch(/^# .{20,}\n/);
});

it.each(['kubernetes', 'compose'] as const)(
  'docs/%s.md has a link to each file, and none that leads nowhere',
  folder => {
    const page = readFileSync(join(root, 'docs', `${folder}.md`), 'utf8');
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link!);
    expect(links).toEqual(expect.arrayContaining(files(folder).map(({ path }) => `../examples/${path}`)));
    for (const link of links) expect(existsSync(join(root, 'docs', link)), link).toBe(true);
  },
);
