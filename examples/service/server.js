// A small HTTP service that stops as it should: on SIGTERM it takes no more requests, answers those that it has, and ends.
import { createServer } from 'node:http';

const PORT = 3000;
const LONGEST_DELAY = 10_000;

// GET /?delay=500 is answered after 500 ms.
const server = createServer((request, response) => {
  const delay = Number(new URL(request.url, 'http://localhost').searchParams.get('delay'));
  setTimeout(() => response.end(`hello from ${process.pid}\n`), Math.min(delay, LONGEST_DELAY));
});

server.listen(PORT, () => console.log(`listening on ${PORT}`));

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    console.log(`${signal}: closing`);
    // Connections that are open for the next request are closed too, since Node 19. Then nothing is left to do.
    server.close(() => console.log('closed'));
  });
}
