#include "files/history.h"

#include <stdio.h>

#include "files/files.h"
#include "terminal/json_out.h"

static void write_figure(json_out *json, const char *key, double number) {
  json_key(json, key);
  json_number(json, number);
}

static void write_epoch(json_out *json, uint32_t epoch, const mnistcnn_progress *figures) {
  json_begin_object(json);
  json_key(json, "epoch");
  json_integer(json, epoch);
  write_figure(json, "seconds", figures->seconds);
  write_figure(json, "learning_rate", figures->learning_rate);
  write_figure(json, "loss", figures->loss);
  write_figure(json, "accuracy", figures->accuracy);
  write_figure(json, "binary_accuracy", figures->binary_accuracy);
  write_figure(json, "validation_loss", figures->validation_loss);
  write_figure(json, "validation_accuracy", figures->validation_accuracy);
  write_figure(json, "validation_binary_accuracy", figures->validation_binary_accuracy);
  json_end_object(json);
}

static void write_history(FILE *stream, const void *user) {
  const mnistcnn_trainer *const trainer = user;
  mnistcnn_progress figures = {.struct_size = sizeof figures};
  json_out json;

  json_start(&json, stream);
  json_begin_object(&json);
  json_key(&json, "epochs");
  json_begin_array(&json);
  for (uint32_t epoch = 1; mnistcnn_trainer_history(trainer, epoch, &figures) == MNISTCNN_OK;
       epoch++)
    write_epoch(&json, epoch, &figures);
  json_end_array(&json);
  if (figures.best_epoch > 0) {
    json_key(&json, "best_epoch");
    json_integer(&json, figures.best_epoch);
  }
  json_key(&json, "stopped_early");
  json_boolean(&json, figures.stopped_early != 0);
  json_end_object(&json);
  json_finish(&json);
}

bool history_write(const char *path, const mnistcnn_trainer *trainer) {
  return write_text_file(path, write_history, trainer);
}
