import { get } from 'node:http';

/** The whole text of an answer; `begun` is called when the first of it has come. */
export function fetchText(port: number, path: string, begun: () => void = () => {}): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, response => {
      let text = '';
      response.once('data', begun);
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}
