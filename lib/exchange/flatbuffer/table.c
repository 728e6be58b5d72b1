#include "exchange/flatbuffer/table.h"

#include "exchange/floats.h"

enum { OFFSET_BYTES = 4, FIELD_BYTES = 2, VTABLE_HEADER = 4 };

/* Little-endian, whatever this machine is; 0 where it lies outside. */
static uint64_t read_number(mcnn_fb *fb, size_t at, uint32_t bytes) {
  uint64_t value = 0;
  if (at > fb->size || bytes > fb->size - at) {
    fb->is_malformed = 1;
    return 0;
  }
  for (uint32_t i = 0; i < bytes; i++)
    value |= (uint64_t)fb->data[at + i] << (8 * i);
  return value;
}

static int64_t extend(uint64_t value, uint32_t bytes) {
  const uint32_t unused = 64 - 8 * bytes;
  const uint64_t sign = UINT64_C(1) << (63 - unused);
  return (int64_t)((value ^ sign) - sign);
}

static mcnn_fb_table no_table(void) {
  return (mcnn_fb_table){NULL, 0, 0, 0};
}

/* The table at `at`, whose vtable lies before or behind it. */
static mcnn_fb_table open_table(mcnn_fb *fb, size_t at) {
  const int64_t back = extend(read_number(fb, at, OFFSET_BYTES), OFFSET_BYTES);
  const int64_t vtable = (int64_t)at - back;
  if (fb->is_malformed || vtable < 0 || (uint64_t)vtable > fb->size) {
    fb->is_malformed = 1;
    return no_table();
  }
  const mcnn_fb_table table = {fb, at, (size_t)vtable,
                               (size_t)read_number(fb, (size_t)vtable, FIELD_BYTES)};
  if (table.bytes < VTABLE_HEADER || table.bytes > fb->size - table.vtable)
    fb->is_malformed = 1;
  return fb->is_malformed ? no_table() : table;
}

/* Where an offset at `at` leads. */
static size_t follow(mcnn_fb *fb, size_t at) {
  const uint64_t target = at + read_number(fb, at, OFFSET_BYTES);
  if (target >= fb->size)
    fb->is_malformed = 1;
  return fb->is_malformed ? 0 : (size_t)target;
}

mcnn_fb_table mcnn_fb_root(mcnn_fb *fb) {
  const size_t at = follow(fb, 0);
  return fb->is_malformed ? no_table() : open_table(fb, at);
}

/* 0: the field has its default. */
static size_t find_field(const mcnn_fb_table *table, uint32_t field) {
  const size_t entry = VTABLE_HEADER + (size_t)field * FIELD_BYTES;
  if (!table->fb || entry + FIELD_BYTES > table->bytes)
    return 0;
  const size_t offset = (size_t)read_number(table->fb, table->vtable + entry, FIELD_BYTES);
  return offset == 0 ? 0 : table->at + offset;
}

uint64_t mcnn_fb_unsigned(const mcnn_fb_table *table, uint32_t field, uint32_t bytes,
                          uint64_t otherwise) {
  const size_t at = find_field(table, field);
  return at == 0 ? otherwise : read_number(table->fb, at, bytes);
}

int64_t mcnn_fb_signed(const mcnn_fb_table *table, uint32_t field, uint32_t bytes,
                       int64_t otherwise) {
  const size_t at = find_field(table, field);
  return at == 0 ? otherwise : extend(read_number(table->fb, at, bytes), bytes);
}

static float as_float(uint64_t value) {
  return mcnn_float_of_bits((uint32_t)value);
}

float mcnn_fb_float(const mcnn_fb_table *table, uint32_t field, float otherwise) {
  const size_t at = find_field(table, field);
  return at == 0 ? otherwise : as_float(read_number(table->fb, at, 4));
}

mcnn_fb_table mcnn_fb_sub(const mcnn_fb_table *table, uint32_t field) {
  const size_t at = find_field(table, field);
  const size_t target = at == 0 ? 0 : follow(table->fb, at);
  return target == 0 ? no_table() : open_table(table->fb, target);
}

mcnn_fb_vector mcnn_fb_list(const mcnn_fb_table *table, uint32_t field, uint32_t bytes) {
  const size_t at = find_field(table, field);
  const size_t target = at == 0 ? 0 : follow(table->fb, at);
  mcnn_fb_vector vector = {table->fb, 0, 0};
  if (target == 0)
    return vector;
  const uint64_t count = read_number(table->fb, target, OFFSET_BYTES);
  vector.at = target + OFFSET_BYTES;
  if (table->fb->is_malformed || count * bytes > table->fb->size - vector.at)
    table->fb->is_malformed = 1;
  else
    vector.count = (uint32_t)count;
  return vector;
}

mcnn_span mcnn_fb_bytes(const mcnn_fb_table *table, uint32_t field) {
  const mcnn_fb_vector vector = mcnn_fb_list(table, field, 1);
  return (mcnn_span){vector.count > 0 ? vector.fb->data + vector.at : NULL, vector.count};
}

mcnn_fb_table mcnn_fb_table_at(const mcnn_fb_vector *vector, uint32_t index) {
  const size_t at = follow(vector->fb, vector->at + (size_t)index * OFFSET_BYTES);
  return vector->fb->is_malformed ? no_table() : open_table(vector->fb, at);
}

int32_t mcnn_fb_int32_at(const mcnn_fb_vector *vector, uint32_t index) {
  return (int32_t)extend(read_number(vector->fb, vector->at + (size_t)index * 4, 4), 4);
}

int64_t mcnn_fb_int64_at(const mcnn_fb_vector *vector, uint32_t index) {
  return (int64_t)read_number(vector->fb, vector->at + (size_t)index * 8, 8);
}

float mcnn_fb_float_at(const mcnn_fb_vector *vector, uint32_t index) {
  return as_float(read_number(vector->fb, vector->at + (size_t)index * 4, 4));
}
