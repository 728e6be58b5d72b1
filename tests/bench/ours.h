/* The library's own participant: jobs on it, through its public header only.
 *
 *   train   batch channels threads size isa colour augment  microseconds an image
 *   predict batch channels threads size isa colour u8 reduced  microseconds an image
 *   load    path threads                                 microseconds a file
 *   job     train validation save threads epochs         seconds, all of it
 *
 * fresh=1 begins training anew. steps=N measures so many calls instead of some time: both sides of
 * a comparison are then at the same place of an epoch, in the course of which a step becomes a
 * third faster.
 *
 * channels=3 means gray images in a 3-channel model; colour=1 gives it images whose channels
 * differ. augment names a preset whose augmentation is done as well.
 *
 * arch=TEXT, with "+" for spaces, is another network than the reference, for images of height,
 * width and channels of as many classes; loss=categorical trains with categorical cross entropy.
 */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "mnistcnn.h"
#include "serve.h"

typedef struct bench_work bench_work;

typedef struct ours_participant {
  const char *folder; /* of the images */
  bench_work *works;
} ours_participant;

/* New datasets made of gray images of MNIST's size; NULL on failure. The first one has three
 * channels that differ: the image, its mirror image and its negative. The second one has images of
 * any size, with one or those three channels, fewer of large ones; their classes are the digits
 * modulo `classes`.
 */
mnistcnn_dataset *ours_coloured_dataset(const mnistcnn_dataset *gray, size_t side);
mnistcnn_dataset *ours_scaled_dataset(const mnistcnn_dataset *gray, size_t height, size_t width,
                                      size_t channels, size_t classes);

/* A bench_job_fn; the context is an ours_participant. */
int ours_request(const bench_request *request, void *context, bench_answer *answer);
/* For programs that split the time of a request: asks twice, the first time to make models; the
 * second one is steps from beginning to end, so that all of it can be shared out. start() is called
 * before it, describe() with the figure and the duration after it. */
int ours_split(const bench_request *request, void *context, bench_answer *answer,
               void (*start)(void),
               void (*describe)(double microseconds, double seconds, char *note, size_t capacity));
/* Serves such requests until the input ends; the exit status. */
int ours_serve_split(int argc, char **argv, const char *description, bench_job_fn job);
/* Frees what the requests have made. */
void ours_clear(ours_participant *self);

/* The note becomes the library's last error. Returns 0, as a failed job does. */
int ours_failed(bench_answer *answer);

/* Jobs on folders of PNG files (ours_folder.c). */
int ours_load(const bench_request *request, bench_answer *answer);
int ours_whole_job(const bench_request *request, bench_answer *answer);

#endif
