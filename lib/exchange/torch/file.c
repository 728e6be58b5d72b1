#include "exchange/torch/file.h"

#include "base/status.h"
#include "exchange/torch/names.h"

#include <string.h>

enum { MAX_PICKLE = 64 << 20, MAX_STORAGES = 4096 };
static const size_t max_storage = (size_t)1 << 30;

void mcnn_torch_close(mcnn_torch_file *file) {
  mcnn_pickle_free(file->pickle);
  mcnn_zip_close(file->zip);
  mcnn_free(file->alloc, file->storages);
}

mnistcnn_status mcnn_torch_check_names(const mcnn_torch_file *file) {
  for (const mcnn_pickle_value *n = mcnn_pickle_first_name(file->pickle); n; n = n->next)
    if (!n->is_module && !mcnn_torch_is_known_name(n->text))
      return mcnn_fail(MNISTCNN_UNSUPPORTED,
                       "%s: the pickle names %.200s, which no state_dict needs; nothing was run. "
                       "Save the weights alone: torch.save(model.state_dict(), \"weights.pt\")",
                       file->label, n->text);
  return MNISTCNN_OK;
}

/* --- ZIP archives ----------------------------------------------------------------------------- */

static int ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), size = strlen(end);
  return length >= size && strcmp(text + length - size, end) == 0 &&
         (length == size || text[length - size - 1] == '/');
}

/* What macOS adds to archives. */
static int is_shadow(const char *name) {
  return strncmp(name, "__MACOSX/", 9) == 0;
}

size_t mcnn_torch_find_pickle(const mcnn_zip *zip, size_t *count) {
  const size_t entries = mcnn_zip_num_entries(zip);
  size_t found = entries;
  *count = 0;
  for (size_t i = 0; i < entries; i++)
    if (ends_with(mcnn_zip_name(zip, i), "data.pkl") && !is_shadow(mcnn_zip_name(zip, i))) {
      found = i;
      ++*count;
    }
  return found;
}

/* An entry of the folder in which the pickle is. */
static size_t find_beside(const mcnn_torch_file *file, const char *name, size_t length) {
  const char *const folder = mcnn_zip_name(file->zip, file->data_pkl);
  const size_t entries = mcnn_zip_num_entries(file->zip);
  for (size_t i = 0; i < entries; i++) {
    const char *const entry = mcnn_zip_name(file->zip, i);
    if (strlen(entry) == file->prefix + length && memcmp(entry, folder, file->prefix) == 0 &&
        memcmp(entry + file->prefix, name, length) == 0)
      return i;
  }
  return entries;
}

static int has_beside(const mcnn_torch_file *file, const char *name) {
  return find_beside(file, name, strlen(name)) < mcnn_zip_num_entries(file->zip);
}

static mnistcnn_status check_byte_order(const mcnn_torch_file *file) {
  static const char name[] = "byteorder", little[] = "little";
  mcnn_span content;
  if (!has_beside(file, name))
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_zip_read(file->zip, find_beside(file, name, sizeof name - 1), sizeof little, &content);
  if (status != MNISTCNN_OK)
    return status;
  if (content.size_bytes >= sizeof little - 1 &&
      memcmp(content.data, little, sizeof little - 1) == 0)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: its numbers are big-endian; save it on a little-endian machine",
                   file->label);
}

static mnistcnn_status open_members(mcnn_torch_file *file) {
  size_t count = 0;
  mcnn_span pickle;
  file->data_pkl = mcnn_torch_find_pickle(file->zip, &count);
  if (count != 1)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the ZIP archive has %zu files \"data.pkl\", not one",
                     file->label, count);
  file->prefix = strlen(mcnn_zip_name(file->zip, file->data_pkl)) - strlen("data.pkl");
  if (has_beside(file, "constants.pkl"))
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: TorchScript, which is a program and is not run. Save its weights with "
                     "torch.save(torch.jit.load(\"%.100s\").state_dict(), \"weights.pt\")",
                     file->label, file->label);
  mnistcnn_status status = check_byte_order(file);
  if (status == MNISTCNN_OK)
    status = mcnn_zip_read(file->zip, file->data_pkl, MAX_PICKLE, &pickle);
  if (status == MNISTCNN_OK)
    status = mcnn_pickle_read(pickle.data, pickle.size_bytes, file->label, mcnn_torch_callables,
                              file->alloc, &file->pickle);
  if (status == MNISTCNN_OK && mcnn_pickle_used_bytes(file->pickle) != pickle.size_bytes)
    status =
        mcnn_fail(MNISTCNN_FORMAT, "%s: something follows the pickle in \"data.pkl\"", file->label);
  return status;
}

mnistcnn_status mcnn_torch_open_zip(const void *data, size_t size_bytes, const char *label,
                                    const mcnn_alloc *alloc, mcnn_torch_file *file) {
  *file = (mcnn_torch_file){.alloc = alloc, .label = label};
  const mnistcnn_status status = mcnn_zip_open(data, size_bytes, label, alloc, &file->zip);
  return status == MNISTCNN_OK ? open_members(file) : status;
}

/* --- before 1.6 ------------------------------------------------------------------------------- */

/* A pickle of a file that has several, one after the other. */
static mnistcnn_status read_next(const mcnn_torch_file *file, const unsigned char *data,
                                 size_t size_bytes, size_t *at, mcnn_pickle **pickle) {
  const mnistcnn_status status = mcnn_pickle_read(data + *at, size_bytes - *at, file->label,
                                                  mcnn_torch_callables, file->alloc, pickle);
  if (status == MNISTCNN_OK)
    *at += mcnn_pickle_used_bytes(*pickle);
  return status;
}

/* 0x1950A86A20F9469CFC6C */
static int is_magic(const mcnn_pickle_value *value) {
  static const unsigned char magic[] = {0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19};
  return value->kind == MCNN_PICKLE_BIG && value->length == sizeof magic &&
         memcmp(value->text, magic, sizeof magic) == 0;
}

static mnistcnn_status check_protocol_number(const mcnn_torch_file *file,
                                             const mcnn_pickle_value *value) {
  enum { PROTOCOL = 1001 };
  uint64_t protocol = 0;
  if (mcnn_pickle_count(value, &protocol) && protocol == PROTOCOL)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: a file of torch.save() of another protocol than %d",
                   file->label, PROTOCOL);
}

static mnistcnn_status check_system(const mcnn_torch_file *file, const mcnn_pickle_value *value) {
  const mcnn_pickle_value *const little = mcnn_pickle_member(value, "little_endian");
  if (little && little->kind == MCNN_PICKLE_BOOL && little->integer)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_UNSUPPORTED,
                   "%s: its numbers are big-endian, or it does not say; save it on a little-endian "
                   "machine",
                   file->label);
}

/* What follows the magic number: the protocol, and facts about the machine. */
static mnistcnn_status skip_head(const mcnn_torch_file *file, const unsigned char *data,
                                 size_t size_bytes, size_t *at) {
  mnistcnn_status status = MNISTCNN_OK;
  for (int i = 0; i < 2 && status == MNISTCNN_OK; i++) {
    mcnn_pickle *pickle = NULL;
    status = read_next(file, data, size_bytes, at, &pickle);
    if (status != MNISTCNN_OK)
      return status;
    const mcnn_pickle_value *const root = mcnn_pickle_root(pickle);
    status = i == 0 ? check_protocol_number(file, root) : check_system(file, root);
    mcnn_pickle_free(pickle);
  }
  return status;
}

/* ("storage", class, key, place, count, view) */
static const mcnn_pickle_value *storage_id(const mcnn_pickle_value *value) {
  const mcnn_pickle_value *const id =
      value && value->kind == MCNN_PICKLE_PERSISTENT ? value->items[0] : NULL;
  const mcnn_pickle_value *const key = mcnn_pickle_item(id, 2);
  return id && mcnn_pickle_is_text(mcnn_pickle_item(id, 0), "storage") && id->count >= 5 && key &&
                 key->kind == MCNN_PICKLE_TEXT
             ? id
             : NULL;
}

/* "FloatStorage" of "torch.FloatStorage" and "torch.cuda.FloatStorage"; bytes without a type count
 * as integers. */
static int storage_type(const mcnn_pickle_value *id, mcnn_torch_storage *storage) {
  const mcnn_pickle_value *const type = mcnn_pickle_item(id, 1);
  if (!type || type->kind != MCNN_PICKLE_NAME || !mcnn_torch_is_known_name(type->text))
    return 0;
  if (strcmp(type->text, "torch.storage.UntypedStorage") == 0) {
    storage->dtype = MCNN_TORCH_INTEGER;
    storage->element_bytes = 1;
    return 1;
  }
  return mcnn_torch_dtype_named(strrchr(type->text, '.') + 1, &storage->dtype,
                                &storage->element_bytes);
}

static mnistcnn_status fail_storage(const mcnn_torch_file *file, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: a storage %s", file->label, reason);
}

static int is_same_text(const mcnn_pickle_value *value, const char *text, size_t length) {
  return value->length == length && memcmp(value->text, text, length) == 0;
}

/* The type of the storage with a key is where the pickle refers to it. */
static mnistcnn_status type_of_key(const mcnn_torch_file *file, const mcnn_pickle_value *key,
                                   mcnn_torch_storage *storage) {
  for (const mcnn_pickle_value *p = mcnn_pickle_first_persistent(file->pickle); p; p = p->next) {
    const mcnn_pickle_value *const id = storage_id(p);
    if (id && is_same_text(id->items[2], key->text, key->length))
      return storage_type(id, storage) ? MNISTCNN_OK
                                       : fail_storage(file, "is of a type that is not read");
  }
  return fail_storage(file, "is in the list at the end, but the object does not use it");
}

static uint64_t count_at(const unsigned char *bytes) {
  uint64_t number = 0;
  for (int i = 8; i > 0; i--)
    number = number << 8 | bytes[i - 1];
  return number;
}

static mnistcnn_status read_storage(const mcnn_torch_file *file, const unsigned char *data,
                                    size_t size_bytes, size_t *at, mcnn_torch_storage *storage) {
  enum { COUNT_BYTES = 8 };
  if (size_bytes - *at < COUNT_BYTES)
    return fail_storage(file, "is cut off");
  storage->count = count_at(data + *at);
  *at += COUNT_BYTES;
  if (storage->count > (size_bytes - *at) / storage->element_bytes)
    return fail_storage(file, "is cut off");
  storage->data = data + *at;
  *at += (size_t)storage->count * storage->element_bytes;
  return MNISTCNN_OK;
}

/* The list of keys is followed by the storages in its order. */
static mnistcnn_status read_storages(mcnn_torch_file *file, const unsigned char *data,
                                     size_t size_bytes, size_t *at, const mcnn_pickle_value *keys) {
  if (keys->kind != MCNN_PICKLE_LIST || keys->count > MAX_STORAGES)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: the list of its storages is missing or longer than %d",
                     file->label, MAX_STORAGES);
  file->storages = mcnn_alloc_zeroed(file->alloc, keys->count, sizeof *file->storages);
  if (!file->storages)
    return MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < keys->count && status == MNISTCNN_OK; i++) {
    const mcnn_pickle_value *const key = keys->items[i];
    mcnn_torch_keyed *const keyed = &file->storages[i];
    if (key->kind != MCNN_PICKLE_TEXT)
      return fail_storage(file, "has no key");
    keyed->key = key->text;
    keyed->key_length = key->length;
    status = type_of_key(file, key, &keyed->storage);
    if (status == MNISTCNN_OK)
      status = read_storage(file, data, size_bytes, at, &keyed->storage);
    if (status == MNISTCNN_OK)
      file->num_storages++;
  }
  return status;
}

static mnistcnn_status check_persistents(const mcnn_torch_file *file) {
  size_t count = 0;
  for (const mcnn_pickle_value *p = mcnn_pickle_first_persistent(file->pickle); p; p = p->next)
    count++;
  return count <= 2 * (size_t)MAX_STORAGES
             ? MNISTCNN_OK
             : mcnn_fail(MNISTCNN_LIMIT, "%s: more than %d references to storages", file->label,
                         2 * MAX_STORAGES);
}

/* The object, the list of keys, the storages, and nothing else. */
static mnistcnn_status open_parts(mcnn_torch_file *file, const unsigned char *data,
                                  size_t size_bytes, size_t at) {
  mcnn_pickle *keys = NULL;
  mnistcnn_status status = skip_head(file, data, size_bytes, &at);
  if (status == MNISTCNN_OK)
    status = read_next(file, data, size_bytes, &at, &file->pickle);
  if (status == MNISTCNN_OK)
    status = check_persistents(file);
  if (status == MNISTCNN_OK)
    status = read_next(file, data, size_bytes, &at, &keys);
  if (status == MNISTCNN_OK)
    status = read_storages(file, data, size_bytes, &at, mcnn_pickle_root(keys));
  if (status == MNISTCNN_OK && at != size_bytes)
    status = mcnn_fail(MNISTCNN_FORMAT, "%s: something follows the last storage", file->label);
  mcnn_pickle_free(keys);
  return status;
}

mnistcnn_status mcnn_torch_open_pickle(const void *data, size_t size_bytes, const char *label,
                                       const mcnn_alloc *alloc, mcnn_torch_file *file) {
  mcnn_pickle *first = NULL;
  size_t at = 0;
  *file =
      (mcnn_torch_file){.alloc = alloc, .label = label, .nested_limit = 8 * (uint64_t)size_bytes};
  mnistcnn_status status = read_next(file, data, size_bytes, &at, &first);
  if (status != MNISTCNN_OK)
    return status;
  if (!is_magic(mcnn_pickle_root(first))) {
    file->pickle = first;
    return at == size_bytes ? MNISTCNN_OK
                            : mcnn_fail(MNISTCNN_FORMAT, "%s: something follows the pickle", label);
  }
  mcnn_pickle_free(first);
  return open_parts(file, data, size_bytes, at);
}

/* --- storages --------------------------------------------------------------------------------- */

static mnistcnn_status entry_storage(const mcnn_torch_file *file, const mcnn_pickle_value *id,
                                     mcnn_torch_storage *storage) {
  enum { FOLDER = 5, CAPACITY = 64 };
  const mcnn_pickle_value *const key = id->items[2];
  char name[CAPACITY] = "data/";
  mcnn_span content;
  uint64_t count = 0;
  if (key->length == 0 || key->length >= CAPACITY - FOLDER)
    return fail_storage(file, "has a key that is too long");
  memcpy(name + FOLDER, key->text, key->length);
  const size_t entry = find_beside(file, name, FOLDER + key->length);
  if (entry == mcnn_zip_num_entries(file->zip))
    return fail_storage(file, "is missing in the archive");
  const mnistcnn_status status = mcnn_zip_read(file->zip, entry, max_storage, &content);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_pickle_count(id->items[4], &count) ||
      content.size_bytes % storage->element_bytes != 0 ||
      count != content.size_bytes / storage->element_bytes)
    return fail_storage(file, "has another size than the pickle says");
  storage->data = content.data;
  storage->count = count;
  return MNISTCNN_OK;
}

/* A part of another storage, as files of 0.3 have it: (key of the part, offset, count). */
static mnistcnn_status narrow_storage(const mcnn_torch_file *file, const mcnn_pickle_value *view,
                                      mcnn_torch_storage *storage) {
  uint64_t offset = 0, count = 0;
  if (!view || view->kind == MCNN_PICKLE_NONE)
    return MNISTCNN_OK;
  if (!mcnn_pickle_count(mcnn_pickle_item(view, 1), &offset) ||
      !mcnn_pickle_count(mcnn_pickle_item(view, 2), &count) || offset > storage->count ||
      count > storage->count - offset)
    return fail_storage(file, "is a part of another one that is not there");
  storage->data += offset * storage->element_bytes;
  storage->count = count;
  return MNISTCNN_OK;
}

static mnistcnn_status keyed_storage(const mcnn_torch_file *file, const mcnn_pickle_value *id,
                                     mcnn_torch_storage *storage) {
  const mcnn_torch_storage typed = *storage;
  for (size_t i = 0; i < file->num_storages; i++) {
    const mcnn_torch_keyed *const keyed = &file->storages[i];
    if (!is_same_text(id->items[2], keyed->key, keyed->key_length))
      continue;
    *storage = keyed->storage;
    if (storage->dtype != typed.dtype || storage->element_bytes != typed.element_bytes)
      return fail_storage(file, "has two types");
    return narrow_storage(file, mcnn_pickle_item(id, 5), storage);
  }
  return fail_storage(file, "is missing in the list at the end of the file");
}

/* A storage that pickle.dump() wrote: a whole file from before 1.6 as bytes. */
static mnistcnn_status nested_storage(mcnn_torch_file *file, const mcnn_pickle_value *bytes,
                                      mcnn_torch_storage *storage) {
  mcnn_torch_file nested;
  /* A storage may be shared, but not by everything. */
  file->nested_bytes += bytes->length;
  if (file->nested_bytes > file->nested_limit)
    return fail_storage(file, "is used too often");
  mnistcnn_status status =
      mcnn_torch_open_pickle(bytes->text, bytes->length, file->label, file->alloc, &nested);
  if (status == MNISTCNN_OK) {
    const mcnn_pickle_value *const id = storage_id(mcnn_pickle_root(nested.pickle));
    status = id && storage_type(id, storage) ? keyed_storage(&nested, id, storage)
                                             : fail_storage(file, "is of a type that is not read");
  }
  mcnn_torch_close(&nested);
  return status;
}

mnistcnn_status mcnn_torch_find_storage(mcnn_torch_file *file, const mcnn_pickle_value *value,
                                        mcnn_torch_storage *storage) {
  const mcnn_pickle_value *const id = storage_id(value), *arguments = NULL;
  *storage = (mcnn_torch_storage){.dtype = MCNN_TORCH_INTEGER};
  if (mcnn_pickle_is_call(value, "torch.storage._load_from_bytes", 1, &arguments) &&
      arguments->items[0]->kind == MCNN_PICKLE_BYTES)
    return nested_storage(file, arguments->items[0], storage);
  if (!id || !storage_type(id, storage))
    return fail_storage(file, "is of a type that is not read");
  return file->zip ? entry_storage(file, id, storage) : keyed_storage(file, id, storage);
}
