// Keeps the page for when there is no network: all files of one version together, or none of them.
/* global self, caches, fetch */

const version = '@version@';
const files = ['@files@'];
const ours = 'mnistcnn-web ';

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(ours + version)
      .then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith(ours) && name !== ours + version)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

// The page itself from the network while there is one, so that a new version is seen; its files, whose folder is
// named after the version, from the cache.
self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const isPage = event.request.mode === 'navigate';
  event.respondWith(
    isPage
      ? fetch(event.request).catch(() => stored('./'))
      : stored(event.request).then((found) => found ?? fetch(event.request)),
  );
});

function stored(request) {
  return caches.open(ours + version).then((cache) => cache.match(request, { ignoreSearch: true }));
}
