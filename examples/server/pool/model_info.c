#include "pool/model_info.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "wire/job_kind.h"

enum { MAX_SIDE = 4096, MAX_TEXT = 1 << 20 };

static char *read_text(cursor *in) {
  size_t size;
  const uint8_t *const data = unpack_bytes(in, &size);

  if (!data || size > MAX_TEXT) {
    in->failed = true;
    return NULL;
  }
  char *const text = calloc(size + 1, 1);
  if (text)
    memcpy(text, data, size);
  in->failed |= !text;
  return text;
}

static void read_shape(model_info *info, cursor *in) {
  info->height = unpack_u32(in);
  info->width = unpack_u32(in);
  info->channels = unpack_u32(in);
  info->classes = unpack_u32(in);
  if (info->height < 1 || info->height > MAX_SIDE || info->width < 1 || info->width > MAX_SIDE ||
      (info->channels != 1 && info->channels != 3) || info->classes < 2 ||
      info->classes > JOB_MAX_CLASSES) {
    info->classes = 0;
    in->failed = true;
  }
}

static void read_names(model_info *info, cursor *in) {
  info->class_names = calloc(info->classes, sizeof *info->class_names);
  if (!info->class_names)
    in->failed = true;
  for (uint32_t c = 0; c < info->classes && !in->failed; c++)
    info->class_names[c] = read_text(in);
}

model_info *model_info_read(cursor *in) {
  model_info *const info = calloc(1, sizeof *info);
  if (!info)
    return NULL;
  atomic_init(&info->users, 1);
  info->sandbox.seccomp = unpack_u32(in) != 0;
  info->sandbox.landlock = unpack_i32(in);
  read_shape(info, in);
  if (!in->failed)
    read_names(info, in);
  info->parameters = unpack_u64(in);
  info->temperature = unpack_f32(in);
  info->rejection_threshold = unpack_f32(in);
  info->prepares_digits = unpack_i32(in) == 1;
  info->architecture = read_text(in);
  info->instruction_set = read_text(in);
  info->build = read_text(in);
  if (!in->failed && in->at == in->size)
    return info;
  model_info_release(info);
  return NULL;
}

model_info *model_info_hold(model_info *info) {
  if (info)
    atomic_fetch_add(&info->users, 1);
  return info;
}

void model_info_release(model_info *info) {
  if (!info || atomic_fetch_sub(&info->users, 1) != 1)
    return;
  for (uint32_t c = 0; info->class_names && c < info->classes; c++)
    free(info->class_names[c]);
  free(info->class_names);
  free(info->architecture);
  free(info->instruction_set);
  free(info->build);
  free(info);
}

size_t model_info_inputs(const model_info *info) {
  return (size_t)info->height * info->width * info->channels;
}
