#include "exchange/tfjs/manifest.h"

#include "base/io.h"
#include "base/status.h"
#include "exchange/floats.h"

#include <math.h>
#include <string.h>

enum { MAX_SHARDS = 256, MAX_PATH = 4096 };
static const size_t max_bytes = (size_t)1 << 30;

/* The bytes of a group of weights: its files, one after the other. */
typedef struct shard_bytes {
  unsigned char *data;
  size_t size, used;
} shard_bytes;

void mcnn_tfjs_free_weights(mcnn_tfjs_weights *weights) {
  for (size_t i = 0; weights->weights && i < weights->count; i++)
    mcnn_free(weights->alloc, weights->weights[i].values);
  mcnn_free(weights->alloc, weights->weights);
  weights->weights = NULL;
  weights->count = 0;
}

/* --- files ------------------------------------------------------------------------------------ */

/* "group1-shard1of1.bin", or with "./" before it. */
static int is_plain_name(const char *name) {
  return name[0] != '\0' && name[0] != '.' && !strchr(name, '/') && !strchr(name, '\\') &&
         !strchr(name, ':');
}

static mnistcnn_status shard_path(const mcnn_tfjs_weights *w, const char *name,
                                  char path[MAX_PATH]) {
  const char *const slash = strrchr(w->path, '/');
  const size_t folder = slash ? (size_t)(slash - w->path) + 1 : 0;
  if (strncmp(name, "./", 2) == 0)
    name += 2;
  if (!is_plain_name(name))
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: names the file \"%.80s\" for its weights; only files in its own folder "
                     "are read",
                     w->label, name);
  if (folder + strlen(name) >= MAX_PATH)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: the path of its weights is too long", w->label);
  memcpy(path, w->path, folder);
  memcpy(path + folder, name, strlen(name) + 1);
  return MNISTCNN_OK;
}

static mnistcnn_status append_shard(const mcnn_tfjs_weights *w, const char *name,
                                    shard_bytes *all) {
  char path[MAX_PATH];
  unsigned char *shard = NULL;
  size_t size = 0;
  mnistcnn_status status = shard_path(w, name, path);
  if (status == MNISTCNN_OK)
    status = mcnn_read_file(path, max_bytes - all->size, w->alloc, &shard, &size);
  if (status != MNISTCNN_OK)
    return status;
  if (all->size == 0) {
    mcnn_free(w->alloc, all->data);
    all->data = shard;
    all->size = size;
    return MNISTCNN_OK;
  }
  unsigned char *const joined = mcnn_alloc_array(w->alloc, all->size + size, 1);
  if (joined) {
    memcpy(joined, all->data, all->size);
    memcpy(joined + all->size, shard, size);
    mcnn_free(w->alloc, all->data);
    all->data = joined;
    all->size += size;
  }
  mcnn_free(w->alloc, shard);
  return joined ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status read_shards(const mcnn_tfjs_weights *w, const mcnn_json_value *paths,
                                   shard_bytes *all) {
  mnistcnn_status status = MNISTCNN_OK;
  if (!mcnn_json_is(paths, MCNN_JSON_ARRAY) || paths->count == 0 || paths->count > MAX_SHARDS)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: names no files for its weights, or more than %d",
                     w->label, MAX_SHARDS);
  for (const mcnn_json_value *path = paths->first; path && status == MNISTCNN_OK;
       path = path->next) {
    const char *const name = mcnn_json_text(path);
    status =
        name ? append_shard(w, name, all)
             : mcnn_fail(MNISTCNN_FORMAT, "%s: a name of a file with weights is no text", w->label);
  }
  return status;
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* How the numbers of a weight are stored. */
typedef struct stored_as {
  enum { STORED_FLOAT32, STORED_FLOAT16, STORED_INT32, STORED_UINT8, STORED_UINT16 } kind;
  uint32_t bytes;
  double scale, least; /* of UINT8 and UINT16 */
} stored_as;

static double number_of_member(const mcnn_json_value *object, const char *key, double otherwise) {
  const mcnn_json_value *const value = mcnn_json_member(object, key);
  return mcnn_json_is(value, MCNN_JSON_NUMBER) ? value->number : otherwise;
}

static int find_stored(const mcnn_json_value *entry, stored_as *stored) {
  const mcnn_json_value *const quantisation = mcnn_json_member(entry, "quantization");
  const mcnn_json_value *const dtype =
      mcnn_json_member(quantisation ? quantisation : entry, "dtype");
  *stored = (stored_as){.bytes = 4};
  stored->scale = number_of_member(quantisation, "scale", 1);
  stored->least = number_of_member(quantisation, "min", 0);
  if (mcnn_json_equals(dtype, "float32"))
    stored->kind = STORED_FLOAT32;
  else if (mcnn_json_equals(dtype, "int32"))
    stored->kind = STORED_INT32;
  else if (quantisation && mcnn_json_equals(dtype, "float16"))
    *stored = (stored_as){.kind = STORED_FLOAT16, .bytes = 2};
  else if (quantisation && mcnn_json_equals(dtype, "uint8")) {
    stored->kind = STORED_UINT8;
    stored->bytes = 1;
  } else if (quantisation && mcnn_json_equals(dtype, "uint16")) {
    stored->kind = STORED_UINT16;
    stored->bytes = 2;
  } else
    return 0;
  return isfinite(stored->scale) && isfinite(stored->least);
}

static float stored_value(const stored_as *stored, const unsigned char *bytes) {
  uint32_t bits = 0;
  for (uint32_t i = stored->bytes; i > 0; i--)
    bits = bits << 8 | bytes[i - 1];
  switch (stored->kind) {
  case STORED_FLOAT16:
    return mcnn_float_of_half(bits);
  case STORED_INT32:
    return (float)(bits >> 31 ? -(double)(~bits) - 1 : (double)bits);
  case STORED_UINT8:
  case STORED_UINT16:
    return (float)(bits * stored->scale + stored->least);
  default:
    return mcnn_float_of_bits(bits);
  }
}

/* --- the list --------------------------------------------------------------------------------- */

static int read_dims(const mcnn_json_value *shape, mcnn_tfjs_weight *weight) {
  weight->count = 1;
  if (!mcnn_json_is(shape, MCNN_JSON_ARRAY) || shape->count > MCNN_TFJS_MAX_RANK)
    return 0;
  for (const mcnn_json_value *side = shape->first; side; side = side->next) {
    if (!mcnn_json_is(side, MCNN_JSON_NUMBER) || !(side->number >= 1 && side->number <= 1 << 28) ||
        side->number != floor(side->number))
      return 0;
    weight->shape[weight->rank] = (uint64_t)side->number;
    if (!mcnn_checked_mul(weight->count, (size_t)weight->shape[weight->rank++], &weight->count))
      return 0;
  }
  return 1;
}

static mnistcnn_status read_weight(mcnn_tfjs_weights *w, const mcnn_json_value *entry,
                                   shard_bytes *all) {
  const char *const name = mcnn_json_text(mcnn_json_member(entry, "name"));
  stored_as stored;
  if (w->count == MCNN_TFJS_MAX_WEIGHTS)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d arrays", w->label, MCNN_TFJS_MAX_WEIGHTS);
  mcnn_tfjs_weight *const weight = &w->weights[w->count];
  *weight = (mcnn_tfjs_weight){.name = name};
  if (!name || !read_dims(mcnn_json_member(entry, "shape"), weight))
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the array %.80s has no name or no sound shape", w->label,
                     name ? name : "of its list");
  if (!find_stored(entry, &stored))
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: the array %.80s has a dtype that is not read",
                     w->label, name);
  if (weight->count > (all->size - all->used) / stored.bytes)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the files of its weights end within the array %.80s",
                     w->label, name);
  weight->values = mcnn_alloc_array(w->alloc, weight->count, sizeof *weight->values);
  if (!weight->values)
    return MNISTCNN_OUT_OF_MEMORY;
  w->count++;
  for (size_t i = 0; i < weight->count; i++, all->used += stored.bytes)
    weight->values[i] = stored_value(&stored, all->data + all->used);
  return MNISTCNN_OK;
}

static mnistcnn_status read_group(mcnn_tfjs_weights *w, const mcnn_json_value *group) {
  const mcnn_json_value *const list = mcnn_json_member(group, "weights");
  shard_bytes all = {NULL, 0, 0};
  mnistcnn_status status = read_shards(w, mcnn_json_member(group, "paths"), &all);
  if (status == MNISTCNN_OK && !mcnn_json_is(list, MCNN_JSON_ARRAY))
    status = mcnn_fail(MNISTCNN_FORMAT, "%s: a group of weights lists none", w->label);
  for (const mcnn_json_value *entry = list ? list->first : NULL; entry && status == MNISTCNN_OK;
       entry = entry->next)
    status = read_weight(w, entry, &all);
  if (status == MNISTCNN_OK && all.used != all.size)
    status = mcnn_fail(MNISTCNN_FORMAT, "%s: the files of its weights are longer than its list",
                       w->label);
  mcnn_free(w->alloc, all.data);
  return status;
}

mnistcnn_status mcnn_tfjs_read_weights(const mcnn_json_value *manifest,
                                       mcnn_tfjs_weights *weights) {
  weights->count = 0;
  weights->weights =
      mcnn_alloc_zeroed(weights->alloc, MCNN_TFJS_MAX_WEIGHTS, sizeof *weights->weights);
  mnistcnn_status status = weights->weights ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  for (const mcnn_json_value *group = manifest->first; group && status == MNISTCNN_OK;
       group = group->next)
    status = read_group(weights, group);
  return status;
}
