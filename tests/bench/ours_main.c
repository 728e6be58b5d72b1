/* mnistcnn_bench_ours DATA_FOLDER: the library's own participant, linked as any program would be.
 */
#include "ours.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  char description[512] = "";
  if (argc != 2) {
    fprintf(stderr, "usage: %s DATA_FOLDER\n", argv[0]);
    return EXIT_FAILURE;
  }
  ours_participant self = {.folder = argv[1]};
  mnistcnn_build_info(description, sizeof description, NULL);
  const int status = bench_serve(description, ours_request, &self);
  ours_clear(&self);
  return status;
}
