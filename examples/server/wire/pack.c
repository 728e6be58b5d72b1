#include "wire/pack.h"

#include <string.h>

void pack_u32(buffer *out, uint32_t value) {
  buffer_add(out, &value, sizeof value);
}

void pack_i32(buffer *out, int32_t value) {
  buffer_add(out, &value, sizeof value);
}

void pack_u64(buffer *out, uint64_t value) {
  buffer_add(out, &value, sizeof value);
}

void pack_f32(buffer *out, float value) {
  buffer_add(out, &value, sizeof value);
}

void pack_bytes(buffer *out, const void *data, size_t size) {
  pack_u64(out, size);
  buffer_add(out, data, size);
}

void pack_text(buffer *out, const char *text) {
  pack_bytes(out, text, text ? strlen(text) : 0);
}

const uint8_t *unpack_raw(cursor *in, size_t size) {
  if (in->failed || size > in->size - in->at) {
    in->failed = true;
    return NULL;
  }
  const uint8_t *const data = in->data + in->at;
  in->at += size;
  return data;
}

static void unpack(cursor *in, void *value, size_t size) {
  const uint8_t *const data = unpack_raw(in, size);

  if (data)
    memcpy(value, data, size);
}

uint32_t unpack_u32(cursor *in) {
  uint32_t value = 0;

  unpack(in, &value, sizeof value);
  return value;
}

int32_t unpack_i32(cursor *in) {
  int32_t value = 0;

  unpack(in, &value, sizeof value);
  return value;
}

uint64_t unpack_u64(cursor *in) {
  uint64_t value = 0;

  unpack(in, &value, sizeof value);
  return value;
}

float unpack_f32(cursor *in) {
  float value = 0;

  unpack(in, &value, sizeof value);
  return value;
}

const uint8_t *unpack_bytes(cursor *in, size_t *size) {
  const uint64_t announced = unpack_u64(in);

  *size = 0;
  if (announced > SIZE_MAX) {
    in->failed = true;
    return NULL;
  }
  const uint8_t *const data = unpack_raw(in, (size_t)announced);
  if (data)
    *size = (size_t)announced;
  return data;
}

void unpack_text(cursor *in, char *text, size_t capacity) {
  size_t size;
  const uint8_t *const data = unpack_bytes(in, &size);

  if (size >= capacity)
    size = capacity - 1;
  for (size_t i = 0; i < size; i++)
    text[i] = data[i] ? (char)data[i] : '?';
  text[size] = '\0';
}
