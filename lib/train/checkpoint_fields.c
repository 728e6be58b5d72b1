#include "train/checkpoint_fields.h"

#include "base/status.h"
#include "train/options.h"

#include <stdio.h>
#include <string.h>

static const char VERSION_KEY[] = "checkpoint.version";
static const char VERSION[] = "1";

/* Listed once for the names and once for the places in memory, which keeps both free of pointers: a
 * pointer in a table costs a relocation. */
#define FIELDS(OPTION, STATE)                                                                      \
  OPTION(epochs)                                                                                   \
  OPTION(batch_size)                                                                               \
  OPTION(seed)                                                                                     \
  OPTION(loss)                                                                                     \
  OPTION(optimizer)                                                                                \
  OPTION(schedule)                                                                                 \
  OPTION(augment)                                                                                  \
  OPTION(shuffle)                                                                                  \
  OPTION(horizontal_flip)                                                                          \
  OPTION(nesterov)                                                                                 \
  OPTION(label_smoothing)                                                                          \
  OPTION(learning_rate)                                                                            \
  OPTION(rho)                                                                                      \
  OPTION(momentum)                                                                                 \
  OPTION(beta1)                                                                                    \
  OPTION(beta2)                                                                                    \
  OPTION(epsilon)                                                                                  \
  OPTION(weight_decay)                                                                             \
  OPTION(warmup_fraction)                                                                          \
  OPTION(warmup_start)                                                                             \
  OPTION(schedule_end)                                                                             \
  OPTION(average_decay)                                                                            \
  OPTION(plain_fraction)                                                                           \
  OPTION(rotation)                                                                                 \
  OPTION(shear)                                                                                    \
  OPTION(zoom)                                                                                     \
  OPTION(shift)                                                                                    \
  OPTION(elastic_pixels)                                                                           \
  OPTION(stroke)                                                                                   \
  OPTION(calibration_fraction)                                                                     \
  STATE(state.epoch)                                                                               \
  STATE(state.step)                                                                                \
  STATE(state.sums.loss)                                                                           \
  STATE(state.sums.images)                                                                         \
  STATE(state.sums.correct)                                                                        \
  STATE(state.sums.binary_correct)                                                                 \
  STATE(state.seconds)                                                                             \
  STATE(train_checksum)                                                                            \
  STATE(validation_checksum)

#define OPTION_NAME(name) "option." #name "\0"
#define STATE_NAME(name)  #name "\0"
/* One behind the other, which is half of what they would take as an array. */
static const char names[] = FIELDS(OPTION_NAME, STATE_NAME);

typedef struct field {
  uint16_t offset; /* into mcnn_checkpoint */
  uint16_t size;   /* 4 or 8 */
} field;

#define PLACE(member)      {offsetof(mcnn_checkpoint, member), sizeof(((mcnn_checkpoint *)0)->member)},
#define OPTION_PLACE(name) PLACE(options.name)
static const field fields[] = {FIELDS(OPTION_PLACE, PLACE)};

_Static_assert(sizeof fields / sizeof fields[0] == MCNN_CHECKPOINT_FIELDS, "the header's count");

/* Makes a field's key in the metadata of its name; the result is the next field's name. */
static const char *make_key(const char *name, char key[MCNN_CHECKPOINT_KEY_BYTES]) {
  (void)snprintf(key, MCNN_CHECKPOINT_KEY_BYTES, "checkpoint.%s", name);
  return name + strlen(name) + 1;
}

static uint64_t field_bits(const mcnn_checkpoint *checkpoint, const field *f) {
  const unsigned char *at = (const unsigned char *)checkpoint + f->offset;
  uint64_t wide;
  uint32_t narrow;
  if (f->size == sizeof wide) {
    memcpy(&wide, at, sizeof wide);
    return wide;
  }
  memcpy(&narrow, at, sizeof narrow);
  return narrow;
}

static void set_field_bits(mcnn_checkpoint *checkpoint, const field *f, uint64_t bits) {
  unsigned char *at = (unsigned char *)checkpoint + f->offset;
  const uint32_t narrow = (uint32_t)bits;
  if (f->size == sizeof bits)
    memcpy(at, &bits, sizeof bits);
  else
    memcpy(at, &narrow, sizeof narrow);
}

static void to_hex(uint64_t bits, size_t digits, char *text) {
  for (size_t i = digits; i-- > 0; bits >>= 4)
    text[i] = "0123456789abcdef"[bits & 15];
  text[digits] = '\0';
}

static int from_hex(const char *text, size_t digits, uint64_t *bits) {
  *bits = 0;
  if (strlen(text) != digits)
    return 0;
  for (size_t i = 0; i < digits; i++) {
    const char c = text[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return 0;
    *bits = *bits << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return 1;
}

/* --- writing and reading -----------------------------------------------------------------------
 */

void mcnn_checkpoint_add_fields(const mcnn_checkpoint *checkpoint, mcnn_model_record *record,
                                mcnn_checkpoint_text texts[MCNN_CHECKPOINT_FIELDS]) {
  const char *name = names;
  record->metadata[record->num_metadata++] = (mcnn_st_entry){VERSION_KEY, VERSION};
  for (size_t i = 0; i < MCNN_CHECKPOINT_FIELDS; i++) {
    name = make_key(name, texts[i].key);
    to_hex(field_bits(checkpoint, &fields[i]), (size_t)2 * fields[i].size, texts[i].value);
    record->metadata[record->num_metadata++] = (mcnn_st_entry){texts[i].key, texts[i].value};
  }
}

mnistcnn_status mcnn_checkpoint_read_fields(mcnn_checkpoint *checkpoint, const char *path) {
  const char *name = names;
  const char *version = mcnn_st_metadata(checkpoint->st, VERSION_KEY);
  if (!version)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: a model file, not a checkpoint", path);
  if (strcmp(version, VERSION) != 0) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: checkpoint version \"%.20s\" is not known", path,
                     version);
  }
  mcnn_train_defaults(&checkpoint->options);
  checkpoint->options.struct_size = sizeof checkpoint->options;
  for (size_t i = 0; i < MCNN_CHECKPOINT_FIELDS; i++) {
    char key[MCNN_CHECKPOINT_KEY_BYTES];
    name = make_key(name, key);
    const char *text = mcnn_st_metadata(checkpoint->st, key);
    uint64_t bits;
    if (!text || !from_hex(text, (size_t)2 * fields[i].size, &bits))
      return mcnn_fail(MNISTCNN_FORMAT, "%s: %s is missing or malformed", path, key);
    set_field_bits(checkpoint, &fields[i], bits);
  }
  return MNISTCNN_OK;
}
