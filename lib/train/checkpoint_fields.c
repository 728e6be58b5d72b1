#include "train/checkpoint_fields.h"

#include "base/status.h"
#include "train/improvement.h"
#include "train/options.h"

#include <string.h>

static const char VERSION_KEY[] = "checkpoint.version";
static const char VERSION[] = "1";

/* Where a field is in mcnn_checkpoint, and its key in the metadata. */
typedef struct field {
  const char *key;
  const char *old_key;   /* of older files; NULL: the same */
  uint16_t offset, size; /* 4 or 8 bytes */
  uint32_t is_newer;     /* 1: older files do not have it: its default is theirs */
} field;

#define FIELD(name, old_key, member, is_newer)                                                     \
  {                                                                                                \
    "checkpoint." name, old_key, offsetof(mcnn_checkpoint, member),                                \
        sizeof(((mcnn_checkpoint *)0)->member), is_newer                                           \
  }
#define OPTION(name)       FIELD("option." #name, NULL, options.name, 0)
#define NEWER_OPTION(name) FIELD("option." #name, NULL, options.name, 1)
#define RENAMED_OPTION(name, old_name)                                                             \
  FIELD("option." #name, "checkpoint.option." #old_name, options.name, 0)
#define STATE(member)       FIELD(#member, NULL, member, 0)
#define NEWER_STATE(member) FIELD(#member, NULL, member, 1)

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
    RENAMED_OPTION(warmup_start_ratio, warmup_start),
    RENAMED_OPTION(final_lr_ratio, schedule_end),
    RENAMED_OPTION(ema_decay, average_decay),
    RENAMED_OPTION(no_augment_fraction, plain_fraction),
    OPTION(rotation),
    OPTION(shear),
    OPTION(zoom),
    OPTION(shift),
    OPTION(elastic_pixels),
    RENAMED_OPTION(dilate, stroke),
    OPTION(calibration_fraction),
    NEWER_OPTION(l2),
    NEWER_OPTION(clip_norm),
    NEWER_OPTION(step_factor),
    NEWER_OPTION(step_epochs),
    NEWER_OPTION(metric),
    NEWER_OPTION(keep_best),
    NEWER_OPTION(stop_patience),
    NEWER_OPTION(min_delta),
    NEWER_OPTION(plateau_patience),
    NEWER_OPTION(plateau_factor),
    NEWER_OPTION(plateau_min_rate),
    NEWER_OPTION(plateau_cooldown),
    NEWER_OPTION(balance_classes),
    NEWER_OPTION(num_class_weights),
    STATE(state.epoch),
    STATE(state.step),
    STATE(state.sums.loss),
    STATE(state.sums.images),
    STATE(state.sums.correct),
    STATE(state.sums.binary_correct),
    NEWER_STATE(state.sums.background),
    STATE(state.seconds),
    NEWER_STATE(improvement.best_epoch),
    NEWER_STATE(improvement.reference_epoch),
    NEWER_STATE(improvement.stop_wait),
    NEWER_STATE(improvement.plateau_wait),
    NEWER_STATE(improvement.cooldown),
    NEWER_STATE(improvement.stopped),
    NEWER_STATE(improvement.best_temperature),
    NEWER_STATE(improvement.rate_factor),
    STATE(train_checksum),
    STATE(validation_checksum),
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

static mnistcnn_status fail_field(const char *path, const char *key, const char *what) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: %.60s %s", path, key, what);
}

/* *text: NULL where the file is older than the field. */
static mnistcnn_status find_text(const mcnn_st *st, const char *path, const field *f,
                                 const char **text) {
  const char *const old_text = f->old_key ? mcnn_st_metadata(st, f->old_key) : NULL;
  *text = mcnn_st_metadata(st, f->key);
  if (*text && old_text)
    return fail_field(path, f->old_key, "is the older name of a key that is there, too");
  if (!*text)
    *text = old_text;
  return *text || f->is_newer ? MNISTCNN_OK : fail_field(path, f->key, "is missing");
}

static mnistcnn_status read_field(mcnn_checkpoint *checkpoint, const char *path, const field *f) {
  const char *text;
  uint64_t bits;
  const mnistcnn_status status = find_text(checkpoint->st, path, f, &text);
  if (status != MNISTCNN_OK || !text)
    return status;
  if (!from_hex(text, (size_t)2 * f->size, &bits))
    return fail_field(path, f->key, "is malformed");
  set_field_bits(checkpoint, f, bits);
  return MNISTCNN_OK;
}

static int is_known(const char *key) {
  if (strcmp(key, VERSION_KEY) == 0)
    return 1;
  for (size_t i = 0; i < MCNN_CHECKPOINT_FIELDS; i++) {
    const field *f = &fields[i];
    if (strcmp(key, f->key) == 0 || (f->old_key && strcmp(key, f->old_key) == 0))
      return 1;
  }
  return 0;
}

static mnistcnn_status check_keys(const mcnn_st *st, const char *path) {
  for (size_t i = 0; i < st->num_metadata; i++) {
    const char *const key = st->metadata[i].key;
    if (strncmp(key, MCNN_FILE_CHECKPOINT, strlen(MCNN_FILE_CHECKPOINT)) == 0 && !is_known(key))
      return fail_field(path, key, "is not known");
  }
  return MNISTCNN_OK;
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
  mcnn_improvement_begin(&checkpoint->improvement);
  mnistcnn_status status = check_keys(checkpoint->st, path);
  for (size_t i = 0; status == MNISTCNN_OK && i < MCNN_CHECKPOINT_FIELDS; i++)
    status = read_field(checkpoint, path, &fields[i]);
  return status;
}
