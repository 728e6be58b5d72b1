#include "exchange/hdf5/array.h"

#include "exchange/hdf5/checksum.h"

enum { CHECKSUM_BYTES = 4, BLOCK_PREFIX = 6, MAX_BITS = 64 };

static mnistcnn_status wrong(const mcnn_h5_array *array, const char *reason) {
  return mcnn_h5_damaged(array->place, reason);
}

/* `size` bytes with their checksum behind them. The last ones are not checked again. */
static mnistcnn_status checked_at(mcnn_h5_array *array, uint64_t address, uint64_t size,
                                  mcnn_h5_cursor *cursor) {
  const unsigned char *bytes;

  mnistcnn_status status =
      mcnn_h5_data_at(array->place, address, size + CHECKSUM_BYTES, "an index of chunks", &bytes);
  if (status != MNISTCNN_OK)
    return status;
  *cursor = mcnn_h5_cursor_over(bytes, (size_t)size);
  if (array->checked == bytes && array->checked_address == address)
    return MNISTCNN_OK;
  status = mcnn_h5_charge(array->place, size);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_h5_cursor sum = mcnn_h5_cursor_over(bytes + size, CHECKSUM_BYTES);
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&sum, CHECKSUM_BYTES),
                          mcnn_h5_lookup3(bytes, (size_t)size)))
    return wrong(array, "the checksum of an index of chunks is wrong");
  return MNISTCNN_OK;
}

/* Reads the prefix of a block, and that it is one of this array. */
static mnistcnn_status read_prefix(const mcnn_h5_array *array, const char *signature,
                                   mcnn_h5_cursor *cursor) {
  if (!mcnn_h5_signature(cursor, signature) || mcnn_h5_number(cursor, 1) != 0 ||
      mcnn_h5_number(cursor, 1) != array->client ||
      mcnn_h5_address(array->place->file, cursor) != array->address)
    return wrong(array, "there is no index of chunks where one should be");
  return MNISTCNN_OK;
}

static mnistcnn_status read_extensible_header(mcnn_h5_array *array, mcnn_h5_cursor *cursor) {
  const mcnn_h5 *const file = array->place->file;

  array->index_bits = (unsigned)mcnn_h5_number(cursor, 1);
  array->index_elements = (unsigned)mcnn_h5_number(cursor, 1);
  array->min_elements = (unsigned)mcnn_h5_number(cursor, 1);
  array->min_pointers = (unsigned)mcnn_h5_number(cursor, 1);
  array->page_bits = (unsigned)mcnn_h5_number(cursor, 1);
  mcnn_h5_take(cursor, 6 * (uint64_t)file->length_bytes); /* what is in use */
  array->block = mcnn_h5_address(file, cursor);
  const unsigned min = array->min_elements, pointers = array->min_pointers;
  if (min == 0 || (min & (min - 1)) != 0 || pointers < 2 || (pointers & (pointers - 1)) != 0 ||
      array->index_bits == 0 || array->index_bits > MAX_BITS || array->page_bits >= MAX_BITS)
    return wrong(array, "the sizes of an index of chunks are wrong");
  return MNISTCNN_OK;
}

static mnistcnn_status read_fixed_header(mcnn_h5_array *array, mcnn_h5_cursor *cursor) {
  array->page_bits = (unsigned)mcnn_h5_number(cursor, 1);
  array->count = mcnn_h5_length(array->place->file, cursor);
  array->block = mcnn_h5_address(array->place->file, cursor);
  /* Each element takes room in the file. */
  if (array->page_bits >= 32 || array->count > array->place->file->size)
    return wrong(array, "the sizes of an index of chunks are wrong");
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_open_array(const mcnn_h5_place *place, uint64_t address, int is_extensible,
                                   mcnn_h5_array *array) {
  const mcnn_h5 *const file = place->file;
  const uint64_t size = is_extensible ? 12 + 6 * (uint64_t)file->length_bytes + file->offset_bytes
                                      : 8 + (uint64_t)file->length_bytes + file->offset_bytes;
  mcnn_h5_cursor cursor;

  *array = (mcnn_h5_array){.place = place, .address = address, .is_extensible = is_extensible};
  mnistcnn_status status = checked_at(array, address, size, &cursor);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_h5_signature(&cursor, is_extensible ? "EAHD" : "FAHD") ||
      mcnn_h5_number(&cursor, 1) != 0)
    return wrong(array, "there is no index of chunks where one should be");
  array->client = (unsigned)mcnn_h5_number(&cursor, 1);
  array->element_bytes = (unsigned)mcnn_h5_number(&cursor, 1);
  if (array->client > 1 || array->element_bytes < file->offset_bytes + 5 * array->client ||
      array->element_bytes > file->offset_bytes + 12 * array->client)
    return wrong(array, "the elements of an index of chunks are of a wrong size");
  return is_extensible ? read_extensible_header(array, &cursor) : read_fixed_header(array, &cursor);
}

/* Element `i` of a run of `count` that is followed by a checksum, where `skipped` bytes come first.
 */
static mnistcnn_status element_of_run(mcnn_h5_array *array, uint64_t address, uint64_t skipped,
                                      uint64_t count, uint64_t i, mcnn_h5_cursor *element) {
  const uint64_t bytes = array->element_bytes;
  mcnn_h5_cursor cursor;

  if (count > array->place->file->size)
    return wrong(array, "an index of chunks is longer than the file");
  const mnistcnn_status status = checked_at(array, address, skipped + count * bytes, &cursor);
  if (status != MNISTCNN_OK)
    return status;
  array->checked_address = address;
  array->checked = cursor.at;
  mcnn_h5_take(&cursor, skipped + i * bytes);
  const unsigned char *const at = mcnn_h5_take(&cursor, bytes);
  if (!at)
    return wrong(array, "an index of chunks is too short");
  *element = mcnn_h5_cursor_over(at, (size_t)bytes);
  return MNISTCNN_OK;
}

/* Element `i` of a data block of `count` that starts with `prefix` bytes, whole or in pages. */
static mnistcnn_status element_of_block(mcnn_h5_array *array, uint64_t address, uint64_t prefix,
                                        uint64_t count, uint64_t i, mcnn_h5_cursor *element) {
  const uint64_t page = (uint64_t)1 << array->page_bits;

  if (count <= page)
    return element_of_run(array, address, prefix, count, i, element);
  const uint64_t first = i / page * page;
  const uint64_t page_bytes = page * array->element_bytes + CHECKSUM_BYTES;
  const uint64_t in_page = count - first < page ? count - first : page;
  if (page > array->place->file->size || i / page > array->place->file->size / page_bytes)
    return wrong(array, "an index of chunks is longer than the file");
  return element_of_run(array, address + prefix + CHECKSUM_BYTES + i / page * page_bytes, 0,
                        in_page, i - first, element);
}

/* --- of fixed length -------------------------------------------------------------------------- */

static mnistcnn_status fixed_element(mcnn_h5_array *array, uint64_t i, mcnn_h5_cursor *element) {
  const uint64_t page = (uint64_t)1 << array->page_bits;
  const uint64_t pages = array->count > page ? (array->count + page - 1) / page : 0;
  const uint64_t prefix = BLOCK_PREFIX + array->place->file->offset_bytes;
  mcnn_h5_cursor cursor;

  if (i >= array->count)
    return wrong(array, "an index of chunks is shorter than the dataset");
  mnistcnn_status status = mcnn_h5_at(array->place, array->block, prefix + (pages + 7) / 8,
                                      "an index of chunks", &cursor);
  if (status == MNISTCNN_OK)
    status = read_prefix(array, "FADB", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  /* A bit for each page that is in use, from the highest of a byte on. */
  const unsigned bit = 0x80u >> (i / page % 8);
  if (pages > 0 && !(cursor.at[i / page / 8] & bit)) {
    *element = (mcnn_h5_cursor){0};
    return MNISTCNN_OK;
  }
  return element_of_block(array, array->block, prefix + (pages + 7) / 8, array->count, i, element);
}

/* --- extensible ------------------------------------------------------------------------------- */

static unsigned log2_floor(uint64_t number) {
  unsigned bits = 0;

  while (number >>= 1)
    bits++;
  return bits;
}

/* Element `i` of the data blocks of super block `super`, whose addresses begin at `pointers`. */
static mnistcnn_status element_below(mcnn_h5_array *array, mcnn_h5_cursor pointers,
                                     uint64_t block_elements, uint64_t i, mcnn_h5_cursor *element) {
  const mcnn_h5 *const file = array->place->file;
  const uint64_t prefix = BLOCK_PREFIX + file->offset_bytes + (array->index_bits + 7) / 8;
  mcnn_h5_cursor cursor;

  mcnn_h5_take(&pointers, i / block_elements * file->offset_bytes);
  const uint64_t address = mcnn_h5_address(file, &pointers);
  if (pointers.overrun)
    return wrong(array, "an index of chunks is too short");
  if (address == UINT64_MAX) {
    *element = (mcnn_h5_cursor){0};
    return MNISTCNN_OK;
  }
  mnistcnn_status status = mcnn_h5_at(array->place, address, prefix, "an index of chunks", &cursor);
  if (status == MNISTCNN_OK)
    status = read_prefix(array, "EADB", &cursor);
  return status == MNISTCNN_OK
             ? element_of_block(array, address, prefix, block_elements, i % block_elements, element)
             : status;
}

/* The addresses of the data blocks in a super block of its own. */
static mnistcnn_status open_super_block(mcnn_h5_array *array, uint64_t address, uint64_t blocks,
                                        uint64_t block_elements, mcnn_h5_cursor *pointers) {
  const mcnn_h5 *const file = array->place->file;
  const uint64_t page = (uint64_t)1 << array->page_bits;
  const uint64_t pages = block_elements > page ? block_elements / page : 0;
  const uint64_t prefix = BLOCK_PREFIX + file->offset_bytes + (array->index_bits + 7) / 8;
  const uint64_t bitmap = blocks * ((pages + 7) / 8);

  if (blocks > file->size || pages > file->size)
    return wrong(array, "an index of chunks is longer than the file");
  mnistcnn_status status =
      checked_at(array, address, prefix + bitmap + blocks * file->offset_bytes, pointers);
  if (status == MNISTCNN_OK)
    status = read_prefix(array, "EASB", pointers);
  mcnn_h5_take(pointers, prefix - BLOCK_PREFIX - file->offset_bytes + bitmap);
  return status;
}

static mnistcnn_status extensible_element(mcnn_h5_array *array, uint64_t i,
                                          mcnn_h5_cursor *element) {
  const mcnn_h5 *const file = array->place->file;
  /* The first super blocks have their data blocks in the index block. */
  const unsigned in_index = 2 * log2_floor(array->min_pointers);
  const uint64_t index_blocks = 2 * ((uint64_t)array->min_pointers - 1);
  const unsigned super_blocks = 1 + array->index_bits - log2_floor(array->min_elements);
  const uint64_t direct = (uint64_t)array->index_elements * array->element_bytes;
  const uint64_t others = super_blocks > in_index ? super_blocks - in_index : 0;
  mcnn_h5_cursor pointers;

  mnistcnn_status status = checked_at(array, array->block,
                                      BLOCK_PREFIX + file->offset_bytes + direct +
                                          (index_blocks + others) * file->offset_bytes,
                                      &pointers);
  if (status == MNISTCNN_OK)
    status = read_prefix(array, "EAIB", &pointers);
  if (status != MNISTCNN_OK)
    return status;
  if (i < array->index_elements) {
    *element = mcnn_h5_cursor_over(pointers.at + i * array->element_bytes, array->element_bytes);
    return MNISTCNN_OK;
  }
  mcnn_h5_take(&pointers, direct);
  i -= array->index_elements;
  const unsigned super = log2_floor(i / array->min_elements + 1);
  if (super >= super_blocks || super >= 62)
    return wrong(array, "an index of chunks is shorter than the dataset");
  i -= array->min_elements * (((uint64_t)1 << super) - 1);
  const uint64_t block_elements = (uint64_t)array->min_elements << (super + 1) / 2;
  if (super < in_index) {
    /* 1, 1, 2, 2, 4, 4, ... data blocks before this one's. */
    const uint64_t before = ((uint64_t)1 << super / 2) * (super % 2 + 2) - 2;
    mcnn_h5_take(&pointers, before * file->offset_bytes);
    return element_below(array, pointers, block_elements, i, element);
  }
  mcnn_h5_take(&pointers, (index_blocks + super - in_index) * file->offset_bytes);
  const uint64_t address = mcnn_h5_address(file, &pointers);
  if (address == UINT64_MAX) {
    *element = (mcnn_h5_cursor){0};
    return MNISTCNN_OK;
  }
  status = open_super_block(array, address, (uint64_t)1 << super / 2, block_elements, &pointers);
  return status == MNISTCNN_OK ? element_below(array, pointers, block_elements, i, element)
                               : status;
}

mnistcnn_status mcnn_h5_array_element(mcnn_h5_array *array, uint64_t i, mcnn_h5_cursor *element) {
  if (array->block == UINT64_MAX) {
    *element = (mcnn_h5_cursor){0};
    return MNISTCNN_OK;
  }
  return array->is_extensible ? extensible_element(array, i, element)
                              : fixed_element(array, i, element);
}
