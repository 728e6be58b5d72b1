/* Reads damaged copies of HDF5 files, as the fuzz target does:
 *   hdf5_mutate COUNT SEED FILE...       COUNT copies of each, with 1 to 8 bytes changed at random
 *   hdf5_mutate at FILE OFFSET:HEX...    one copy, with these bytes
 * Most changes are near what describes the data, of which a file of weights is a small part. Prints
 * the longest time that a copy took. */
#include "../fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_CHANGES = 8, NEAR = 600, MAX_PLACES = 1 << 16 };

typedef struct content {
  unsigned char *data;
  size_t size;
  size_t places[MAX_PLACES]; /* of signatures */
  size_t num_places;
} content;

static uint32_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

static void find_places(content *c) {
  static const char *const signatures[] = {"\x89HDF", "TREE", "SNOD", "HEAP", "GCOL", "OHDR"};

  for (size_t at = 0; at + 4 <= c->size; at++) {
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
      if (memcmp(c->data + at, signatures[i], 4) == 0 && c->num_places < MAX_PLACES)
        c->places[c->num_places++] = at;
  }
}

static int load(const char *path, content *c) {
  FILE *const file = fopen(path, "rb");

  if (!file || fseek(file, 0, SEEK_END) != 0)
    return 0;
  const long size = ftell(file);
  rewind(file);
  c->size = size > 0 ? (size_t)size : 0;
  c->data = malloc(c->size + 1);
  c->num_places = 0;
  const int whole = c->data && c->size > 0 && fread(c->data, 1, c->size, file) == c->size;
  fclose(file);
  return whole;
}

static double run(const content *c) {
  const clock_t start = clock();
  unsigned char *const copy = malloc(c->size); /* whose end a sanitizer sees */

  FUZZ_REQUIRE(copy);
  memcpy(copy, c->data, c->size);
  (void)LLVMFuzzerTestOneInput(copy, c->size);
  free(copy);
  return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static size_t choose(const content *c, uint64_t *state) {
  const uint32_t kind = next_random(state) % 8;

  if (kind == 0 || c->num_places == 0)
    return next_random(state) % c->size;
  if (kind == 1)
    return next_random(state) % (c->size < 4096 ? c->size : 4096);
  return (c->places[next_random(state) % c->num_places] + next_random(state) % NEAR) % c->size;
}

static double mutate(content *c, unsigned copies, uint64_t *state) {
  static const unsigned char often[] = {0x00, 0xFF, 0x01, 0x7F, 0x80, 0x08};
  double longest = 0;

  for (unsigned i = 0; i < copies; i++) {
    size_t at[MAX_CHANGES];
    unsigned char before[MAX_CHANGES];
    const unsigned changes = 1 + next_random(state) % MAX_CHANGES;
    for (unsigned j = 0; j < changes; j++) {
      const uint32_t r = next_random(state);
      at[j] = choose(c, state);
      before[j] = c->data[at[j]];
      c->data[at[j]] = r % 2 ? often[r / 2 % sizeof often] : (unsigned char)(r >> 8 & 0xFFu);
    }
    const double seconds = run(c);
    longest = seconds > longest ? seconds : longest;
    for (unsigned j = changes; j-- > 0;)
      c->data[at[j]] = before[j];
  }
  return longest;
}

static int mutate_at(int argc, char **argv) {
  static content c;

  if (argc < 3 || !load(argv[2], &c))
    return EXIT_FAILURE;
  for (int i = 3; i < argc; i++) {
    char *colon;
    const unsigned long at = strtoul(argv[i], &colon, 10);
    if (*colon != ':' || at >= c.size)
      return EXIT_FAILURE;
    c.data[at] = (unsigned char)strtoul(colon + 1, NULL, 16);
  }
  printf("%.3f s\n", run(&c));
  free(c.data);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  static content c;
  double longest = 0;

  if (argc > 2 && strcmp(argv[1], "at") == 0)
    return mutate_at(argc, argv);
  if (argc < 4)
    return EXIT_FAILURE;
  const unsigned copies = (unsigned)strtoul(argv[1], NULL, 10);
  uint64_t state = strtoul(argv[2], NULL, 10);
  for (int i = 3; i < argc; i++) {
    if (!load(argv[i], &c))
      return EXIT_FAILURE;
    find_places(&c);
    const double seconds = mutate(&c, copies, &state);
    longest = seconds > longest ? seconds : longest;
    free(c.data);
  }
  printf("%d files, %u damaged copies of each, %.3f s for the slowest\n", argc - 3, copies,
         longest);
  return EXIT_SUCCESS;
}
