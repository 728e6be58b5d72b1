#include <string.h>

#include "page/page.h"

static const struct {
  const char *end;
  const char *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".ico", "image/vnd.microsoft.icon"},
    {".txt", "text/plain; charset=utf-8"},
};

const char *page_type(const char *path) {
  const size_t length = strlen(path);

  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const size_t end = strlen(types[i].end);
    if (length > end && strcmp(path + length - end, types[i].end) == 0)
      return types[i].type;
  }
  return "application/octet-stream";
}
