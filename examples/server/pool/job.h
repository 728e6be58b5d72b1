/* A request to the workers, and what became of it. */
#ifndef SERVER_POOL_JOB_H
#define SERVER_POOL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool/model_info.h"
#include "text/problem.h"
#include "wire/job_kind.h"
#include "wire/pack.h"

typedef struct job_box {
  uint32_t top;
  uint32_t left;
  uint32_t height;
  uint32_t width;
} job_box;

typedef struct job_picture {
  int32_t status;
  int32_t verdict;
  int32_t polarity;
  bool passed_through;
  job_box box;
  const float *probabilities; /* [classes]; NULL: none */
  char message[JOB_MESSAGE_CAPACITY];
} job_picture;

typedef struct job_digit {
  int32_t verdict;
  int32_t class_index; /* below the number of classes; -1: none */
  float confidence;
  uint32_t line;
  uint32_t column;
  uint32_t group;
  bool is_cut;
  job_box box;
  size_t row; /* of the values; SIZE_MAX: none */
} job_digit;

typedef struct job_group {
  uint32_t line;
  uint64_t first;
  uint64_t count;
  job_box box;
  char *text;
} job_group;

typedef struct job_page {
  uint32_t height;
  uint32_t width;
  int32_t polarity;
  uint32_t lines;
  uint32_t columns;
  bool is_form;
  uint32_t specks;
  size_t num_digits;
  job_digit *digits;
  size_t num_groups;
  job_group *groups;
} job_page;

typedef struct job_file {
  const uint8_t *data;
  size_t size;
} job_file;

typedef struct job job;
struct job {
  job *next;
  /* What is asked. */
  uint32_t kind; /* JOB_... */
  int32_t polarity;
  bool form;
  float least_confidence;
  uint32_t images;                     /* files, or images of a tensor */
  job_file *files;                     /* [images] of JOB_PICTURES, one of all others */
  int64_t deadline;                    /* of clock_ms(), after which it is not begun */
  void (*done)(job *self, void *user); /* called by another thread, once */
  void *user;
  /* What is answered. */
  problem problem;
  model_info *model; /* of the worker that answered; NULL with a problem */
  job_picture *pictures;
  float *values; /* rows of probabilities */
  job_page page;
};

job *job_create(uint32_t kind, uint32_t images);
void job_free(job *j);

/* The job as a worker reads it. */
void job_pack(const job *j, buffer *out);

/* Reads what a worker says about it; false where that is malformed. */
bool job_read_answer(job *j, model_info *model, cursor *in);

/* What a status of the library is in HTTP: the file of the client may be at fault or too large. */
int job_http_status(int32_t status);

/* Forgets a part of an answer. */
void job_clear_answer(job *j);

#endif
