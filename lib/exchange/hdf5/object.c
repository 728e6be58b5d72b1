#include "exchange/hdf5/object.h"

#include <string.h>

mnistcnn_status mcnn_h5_read_object(mcnn_h5 *file, const char *path, unsigned depth,
                                    uint64_t address, mcnn_h5_object **object) {
  const mcnn_h5_place place = {.file = file, .path = path};

  *object = NULL;
  if (depth > MCNN_H5_MAX_DEPTH)
    return mcnn_h5_fail(&place, MNISTCNN_LIMIT, "more than %u groups within one another",
                        MCNN_H5_MAX_DEPTH);
  mcnn_h5_object *const created = mcnn_h5_remember(&place, 1, sizeof *created);
  if (!created)
    return mcnn_h5_no_memory(&place);
  created->place = place;
  created->depth = depth;
  const mnistcnn_status status = mcnn_h5_read_header(&place, address, &created->header);
  if (status == MNISTCNN_OK)
    *object = created;
  return status;
}

mcnn_h5_object *mcnn_h5_root(mcnn_h5 *file) {
  return file->root;
}

const char *mcnn_h5_path(const mcnn_h5_object *object) {
  return object->place.path;
}

int mcnn_h5_is_group(const mcnn_h5_object *object) {
  return mcnn_h5_message_of(&object->header, MCNN_H5_SYMBOL_TABLE) ||
         mcnn_h5_message_of(&object->header, MCNN_H5_LINK_INFO);
}

int mcnn_h5_is_dataset(const mcnn_h5_object *object) {
  return mcnn_h5_message_of(&object->header, MCNN_H5_LAYOUT) ? 1 : 0;
}

/* --- links ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_h5_num_links(mcnn_h5_object *group, size_t *count) {
  mnistcnn_status status = MNISTCNN_OK;

  if (!group->has_links)
    status = mcnn_h5_read_links(&group->place, &group->header, &group->links);
  group->has_links = status == MNISTCNN_OK;
  *count = group->has_links ? group->links.count : 0;
  return status;
}

const char *mcnn_h5_link_name(const mcnn_h5_object *group, size_t index) {
  return group->links.links[index].name;
}

/* A name that need not end in a NUL, compared with one that does. */
static int compare_name(const char *name, size_t length, const char *other) {
  const int order = strncmp(name, other, length);

  return order != 0 ? order : -(other[length] != '\0');
}

static mcnn_h5_link *link_named(const mcnn_h5_links *links, const char *name, size_t length) {
  size_t from = 0, to = links->count;

  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    const int order = compare_name(name, length, links->links[middle].name);
    if (order == 0)
      return &links->links[middle];
    if (order < 0)
      to = middle;
    else
      from = middle + 1;
  }
  return NULL;
}

static char *join_path(const mcnn_h5_object *group, const char *name) {
  const char *const parent = group->depth == 0 ? "" : group->place.path;
  const size_t parent_length = strlen(parent), length = strlen(name);
  char *const path = mcnn_h5_remember(&group->place, parent_length + length + 2, 1);

  if (path) {
    memcpy(path, parent, parent_length);
    path[parent_length] = '/';
    memcpy(path + parent_length + 1, name, length);
  }
  return path;
}

static mnistcnn_status follow(mcnn_h5_object *group, mcnn_h5_link *link) {
  static const char *const kinds[] = {"", "a soft link", "an external link to another file",
                                      "a user-defined link"};
  if (link->kind != MCNN_H5_HARD)
    return mcnn_h5_fail(&group->place, MNISTCNN_UNSUPPORTED,
                        "%s is %s, which is not followed; save the model again with Keras",
                        link->name, kinds[link->kind]);
  if (link->child)
    return MNISTCNN_OK;
  const char *const path = join_path(group, link->name);
  return path ? mcnn_h5_read_object(group->place.file, path, group->depth + 1, link->address,
                                    &link->child)
              : mcnn_h5_no_memory(&group->place);
}

mnistcnn_status mcnn_h5_find(mcnn_h5_object *group, const char *path, mcnn_h5_object **found) {
  mcnn_h5_object *object = group;

  *found = NULL;
  while (*path == '/')
    path++;
  while (*path != '\0') {
    const size_t length = strcspn(path, "/");
    size_t count;
    mnistcnn_status status = mcnn_h5_num_links(object, &count);
    if (status != MNISTCNN_OK)
      return status;
    mcnn_h5_link *const link = link_named(&object->links, path, length);
    if (!link)
      return MNISTCNN_OK;
    status = follow(object, link);
    if (status != MNISTCNN_OK || !link->child)
      return status;
    object = link->child;
    path += length;
    while (*path == '/')
      path++;
  }
  *found = object;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_get(mcnn_h5_object *group, const char *path, mcnn_h5_object **found) {
  const mnistcnn_status status = mcnn_h5_find(group, path, found);

  if (status == MNISTCNN_OK && !*found)
    return mcnn_h5_fail(&group->place, MNISTCNN_NOT_FOUND, "there is no %s in it", path);
  return status;
}

/* --- values ----------------------------------------------------------------------------------- */

static void describe(mcnn_h5_stored *stored, const mcnn_h5_space *space) {
  mcnn_h5_value *const value = &stored->value;

  value->name = stored->place.attribute;
  value->class = stored->type->class;
  value->element_bytes = stored->type->variable ? 0 : stored->type->stored_bytes;
  value->rank = space->rank;
  memcpy(value->shape, space->shape, sizeof value->shape);
  value->count = space->count;
}

mnistcnn_status mcnn_h5_dataset(mcnn_h5_object *object, const mcnn_h5_value **value) {
  *value = NULL;
  if (!mcnn_h5_is_dataset(object))
    return mcnn_h5_fail(&object->place, MNISTCNN_FORMAT, "is not a dataset, but one is expected");
  if (!object->dataset) {
    mcnn_h5_stored *const stored = mcnn_h5_remember(&object->place, 1, sizeof *stored);
    mcnn_h5_storage *const storage = mcnn_h5_remember(&object->place, 1, sizeof *storage);
    if (!stored || !storage)
      return mcnn_h5_no_memory(&object->place);
    const mnistcnn_status status = mcnn_h5_read_storage(&object->place, &object->header, storage);
    if (status != MNISTCNN_OK)
      return status;
    stored->place = object->place;
    stored->storage = storage;
    stored->type = &storage->type;
    describe(stored, &storage->space);
    object->dataset = stored;
  }
  *value = &object->dataset->value;
  return MNISTCNN_OK;
}

static mnistcnn_status read_value(const mcnn_h5_object *object, const mcnn_h5_raw_attribute *raw,
                                  mcnn_h5_stored **value) {
  const mcnn_h5_place place = {object->place.file, object->place.path, raw->name};
  mcnn_h5_stored *const stored = mcnn_h5_remember(&place, 1, sizeof *stored);
  mcnn_h5_type *const type = mcnn_h5_remember(&place, 1, sizeof *type);
  mcnn_h5_space space;
  size_t bytes;

  if (!stored || !type)
    return mcnn_h5_no_memory(&place);
  if (raw->is_shared)
    return mcnn_h5_unsupported(&place, "an attribute of a committed type");
  mnistcnn_status status = mcnn_h5_read_type(&place, raw->type, type);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_read_space(&place, raw->space, &space);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_checked_mul(space.count, type->stored_bytes, &bytes) ||
      bytes > mcnn_h5_left(&raw->data))
    return mcnn_h5_damaged(&place, "it has fewer bytes than its shape needs");
  stored->place = place;
  stored->type = type;
  stored->data = raw->data.at;
  describe(stored, &space);
  *value = stored;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_num_attributes(mcnn_h5_object *object, size_t *count) {
  mnistcnn_status status = MNISTCNN_OK;

  *count = 0;
  if (!object->has_attributes) {
    status = mcnn_h5_read_attributes(&object->place, &object->header, &object->attributes);
    if (status != MNISTCNN_OK)
      return status;
    object->values =
        mcnn_h5_remember(&object->place, object->attributes.count, sizeof *object->values);
    if (!object->values)
      return mcnn_h5_no_memory(&object->place);
    object->has_attributes = 1;
  }
  *count = object->attributes.count;
  return MNISTCNN_OK;
}

const char *mcnn_h5_attribute_name(const mcnn_h5_object *object, size_t index) {
  return object->attributes.list[index].name;
}

mnistcnn_status mcnn_h5_attribute(mcnn_h5_object *object, const char *name,
                                  const mcnn_h5_value **value) {
  size_t count;
  mnistcnn_status status = mcnn_h5_num_attributes(object, &count);

  *value = NULL;
  for (size_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    if (strcmp(object->attributes.list[i].name, name) != 0)
      continue;
    if (!object->values[i])
      status = read_value(object, &object->attributes.list[i], &object->values[i]);
    *value = object->values[i] ? &object->values[i]->value : NULL;
    break;
  }
  return status;
}
