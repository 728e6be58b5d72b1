#include "train/checkpoint_fields.h"

#include "base/status.h"
#include "train/options.h"

#include <string.h>

static const char VERSION_KEY[] = "checkpoint.version";
static const char VERSION[] = "1";

/* Where a field is in mcnn_checkpoint, and its key in the metadata. */
typedef struct field {
  const char *key;
  size_t offset, size; /* 4 or 8 bytes */
} field;

#define FIELD(name, member)                                                                        \
  { "checkpoint." name, offsetof(mcnn_checkpoint, member), sizeof(((mcnn_checkpoint *)0)->member) }
#define OPTION(name) FIELD("option." #name, options.name)

static const field fields[] = {
    OPTION(epochs),
    OPTION(batch_size),
    OPTION(seed),
    OPTION(loss),
    OPTION(optimizer),
    OPTION(schedule),
    OPTION(augment),
    OPTION(shuffle),
    OPTION(horizontal_flip),
    OPTION(nesterov),
    OPTION(label_smoothing),
    OPTION(learning_rate),
    OPTION(rho),
    OPTION(momentum),
    OPTION(beta1),
    OPTION(beta2),
    OPTION(epsilon),
    OPTION(weight_decay),
    OPTION(warmup_fraction),
    OPTION(warmup_start_ratio),
    OPTION(final_lr_ratio),
    OPTION(ema_decay),
    OPTION(no_augment_fraction),
    OPTION(rotation),
    OPTION(shear),
    OPTION(zoom),
    OPTION(shift),
    OPTION(elastic_pixels),
    OPTION(dilate),
    OPTION(calibration_fraction),
    OPTION(l2),
    OPTION(clip_norm),
    OPTION(step_factor),
    OPTION(step_epochs),
    FIELD("state.epoch", state.epoch),
    FIELD("state.step", state.step),
    FIELD("state.sums.loss", state.sums.loss),
    FIELD("state.sums.images", state.sums.images),
    FIELD("state.sums.correct", state.sums.correct),
    FIELD("state.sums.binary_correct", state.sums.binary_correct),
    FIELD("state.seconds", state.seconds),
    FIELD("train_checksum", train_checksum),
    FIELD("validation_checksum", validation_checksum),
};
_Static_assert(sizeof fields / sizeof fields[0] == MCNN_CHECKPOINT_FIELDS, "the header's count");

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

/* --- writing and reading ---------------------------------------------------------------------- */

void mcnn_checkpoint_add_fields(const mcnn_checkpoint *checkpoint, mcnn_model_record *record,
                                mcnn_checkpoint_hex texts[MCNN_CHECKPOINT_FIELDS]) {
  record->metadata[record->num_metadata++] = (mcnn_st_entry){VERSION_KEY, VERSION};
  for (size_t i = 0; i < MCNN_CHECKPOINT_FIELDS; i++) {
    to_hex(field_bits(checkpoint, &fields[i]), 2 * fields[i].size, texts[i].digits);
    record->metadata[record->num_metadata++] = (mcnn_st_entry){fields[i].key, texts[i].digits};
  }
}

mnistcnn_status mcnn_checkpoint_read_fields(mcnn_checkpoint *checkpoint, const char *path) {
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
    const field *f = &fields[i];
    const char *text = mcnn_st_metadata(checkpoint->st, f->key);
    uint64_t bits;
    if (!text || !from_hex(text, 2 * f->size, &bits))
      return mcnn_fail(MNISTCNN_FORMAT, "%s: %s is missing or malformed", path, f->key);
    set_field_bits(checkpoint, f, bits);
  }
  return MNISTCNN_OK;
}
