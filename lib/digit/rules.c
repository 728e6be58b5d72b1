#include "digit/rules.h"

#include <string.h>

/* All limits here were chosen on drawn boxes (tests/digits), by trying; nothing depends on them
 * exactly. A rule has ink on this fraction of its way from border to border; beside it, where only
 * strokes cross, there is less than the other. */
static const double least_coverage = 0.7, most_beside = 0.4;

/* How many times as long as thick a rule is at least: a stroke from border to border is not. */
enum { LEAST_SLENDERNESS = 12 };

/* Steps along at which ink is looked up; more say nothing new. */
enum { MOST_SAMPLES = 256 };

typedef struct profiles {
  const mcnn_rule_view *view;
  uint32_t samples, level;
  int32_t most_skew;
  uint16_t *counts;    /* [2 * most_skew + 1][across] samples with ink */
  uint32_t *positions; /* [across] of the ink of one step */
} profiles;

mcnn_rule_view mcnn_rule_view_of(const mcnn_plane *plane, int columns) {
  return columns ? (mcnn_rule_view){plane->height, plane->width, plane->width, 1}
                 : (mcnn_rule_view){plane->width, plane->height, 1, plane->width};
}

int64_t mcnn_rule_at(const mcnn_rule *rule, uint32_t along, uint32_t step) {
  /* Rounded half up; skews have both signs. */
  const int64_t twice = 2 * (int64_t)rule->skew * step + along;

  return rule->first +
         (twice >= 0 ? twice / (2 * (int64_t)along) : -((-twice) / (2 * (int64_t)along)) - 1);
}

/* --- projection ------------------------------------------------------------------------------- */

static uint16_t *profile_at(const profiles *p, int32_t skew) {
  return p->counts + (size_t)(skew + p->most_skew) * p->view->across;
}

/* One step along adds its ink to the profiles of all skews. */
static void project_step(const profiles *p, const mcnn_ink *ink, uint32_t step) {
  const mcnn_rule_view *const v = p->view;
  const uint8_t *const pixels = ink->plane.pixels + (size_t)step * v->along_stride;
  uint32_t count = 0;

  for (uint32_t j = 0; j < v->across; j++)
    if (pixels[(size_t)j * v->across_stride] > p->level)
      p->positions[count++] = j;
  for (int32_t skew = -p->most_skew; skew <= p->most_skew; skew++) {
    const mcnn_rule line = {.skew = skew};
    const int64_t offset = mcnn_rule_at(&line, v->along, step);
    uint16_t *const profile = profile_at(p, skew);
    for (uint32_t i = 0; i < count; i++) {
      const int64_t first = p->positions[i] - offset;
      if (first >= 0 && first < v->across)
        profile[first]++;
    }
  }
}

static void project(const profiles *p, const mcnn_ink *ink) {
  for (uint32_t i = 0; i < p->samples; i++)
    project_step(p, ink,
                 (uint32_t)((2 * (uint64_t)i + 1) * p->view->along / (2 * (uint64_t)p->samples)));
}

/* In a profile: of a band that was looked at. */
#define SEEN UINT16_MAX

/* --- peaks ------------------------------------------------------------------------------------ */

static void take_strongest(const profiles *p, int32_t skew, uint32_t *best, int32_t *best_skew,
                           uint32_t *first) {
  const uint16_t *const profile = profile_at(p, skew);

  for (uint32_t j = 0; j < p->view->across; j++) {
    if (profile[j] > *best && profile[j] != SEEN) {
      *best = profile[j];
      *best_skew = skew;
      *first = j;
    }
  }
}

/* Of equal ones the least skew. */
static uint32_t strongest(const profiles *p, int32_t *skew, uint32_t *first) {
  uint32_t best = 0;

  for (int32_t s = 0; s <= p->most_skew; s++) {
    take_strongest(p, s, &best, skew, first);
    take_strongest(p, -s, &best, skew, first);
  }
  return best;
}

/* Marks a band in the profiles, so that the next peak is another line. */
static void mark_seen(const profiles *p, const mcnn_rule *rule) {
  for (int32_t s = -p->most_skew; s <= p->most_skew; s++) {
    const int32_t off = (rule->skew - s) / 2;
    const int32_t reach = (off < 0 ? -off : off) + 1;
    for (int32_t j = rule->first + off - reach;
         j < rule->first + off + (int32_t)rule->thickness + reach; j++)
      if (j >= 0 && j < (int32_t)p->view->across)
        profile_at(p, s)[j] = SEEN;
  }
}

/* The band around a peak, as far as the profile stays above a fraction of it. *is_rest is 1 for
 * what is left beside a band that was looked at. */
static mcnn_rule band_at(const profiles *p, int32_t skew, uint32_t peak, uint32_t height,
                         int *is_rest) {
  const uint16_t *const profile = profile_at(p, skew);
  const double limit = most_beside * height;
  uint32_t first = peak, last = peak;

  while (first > 0 && profile[first - 1] > limit && profile[first - 1] != SEEN)
    first--;
  while (last + 1 < p->view->across && profile[last + 1] > limit && profile[last + 1] != SEEN)
    last++;
  *is_rest = (first > 0 && profile[first - 1] == SEEN) ||
             (last + 1 < p->view->across && profile[last + 1] == SEEN);
  return (mcnn_rule){(int32_t)first, skew, last - first + 1,
                     (uint32_t)((uint64_t)height * p->view->along / p->samples)};
}

static void find_peaks(const profiles *p, mcnn_rules *rules) {
  /* Wide dark bands are looked at and left, so more may be seen than kept. */
  for (uint32_t seen = 0; seen < 2 * MCNN_MOST_RULES && rules->count < MCNN_MOST_RULES; seen++) {
    int32_t skew = 0;
    uint32_t first = 0;
    const uint32_t height = strongest(p, &skew, &first);
    if (height < least_coverage * p->samples)
      return;
    int is_rest;
    const mcnn_rule rule = band_at(p, skew, first, height, &is_rest);
    if (!is_rest && (uint64_t)LEAST_SLENDERNESS * rule.thickness <= p->view->along)
      rules->items[rules->count++] = rule;
    mark_seen(p, &rule);
  }
}

/* --- soft edges ------------------------------------------------------------------------------- */

/* The share of the way at which there is ink so far off the beginning of the band. */
static double coverage_at(const mcnn_ink *ink, const mcnn_rule_view *v, const mcnn_rule *rule,
                          int64_t off) {
  uint32_t count = 0;

  for (uint32_t i = 0; i < v->along; i++) {
    const int64_t j = mcnn_rule_at(rule, v->along, i) + off;
    count += j >= 0 && j < v->across &&
             ink->plane.pixels[i * v->along_stride + (size_t)j * v->across_stride] > ink->floor;
  }
  return (double)count / v->along;
}

/* At most as wide again on either side: beyond there is something else. */
static void add_soft_edges(const mcnn_ink *ink, const mcnn_rule_view *v, mcnn_rule *rule) {
  const uint32_t most = rule->thickness + 1;
  uint32_t before = 0, after = 0;

  while (before < most && coverage_at(ink, v, rule, -1 - (int64_t)before) >= least_coverage)
    before++;
  while (after < most &&
         coverage_at(ink, v, rule, (int64_t)rule->thickness + after) >= least_coverage)
    after++;
  rule->first -= (int32_t)before;
  rule->thickness += before + after;
}

/* --- gaps ------------------------------------------------------------------------------------- */

static int has_ink(const mcnn_ink *ink, const mcnn_rule_view *v, const mcnn_rule *rule,
                   uint32_t step, uint32_t level) {
  for (uint32_t k = 0; k < rule->thickness; k++) {
    const int64_t j = mcnn_rule_at(rule, v->along, step) + k;
    if (j >= 0 && j < v->across &&
        ink->plane.pixels[step * v->along_stride + (size_t)j * v->across_stride] > level)
      return 1;
  }
  return 0;
}

/* Digits that stand in a row have gaps between them; those of a broken line are short. At its ends
 * a rule may stop before the border. */
static int is_continuous(const mcnn_ink *ink, const mcnn_rule_view *v, const mcnn_rule *rule,
                         uint32_t level) {
  uint32_t gap = 0, longest = 0, seen = 0;

  for (uint32_t i = 0; i < v->along; i++) {
    if (has_ink(ink, v, rule, i, level)) {
      longest = seen && gap > longest ? gap : longest;
      seen = 1;
      gap = 0;
    } else {
      gap++;
    }
  }
  return longest <= 2 + v->along / 48;
}

static void keep_continuous(const mcnn_ink *ink, const mcnn_rule_view *v, uint32_t level,
                            mcnn_rules *rules) {
  uint32_t kept = 0;

  for (uint32_t i = 0; i < rules->count; i++) {
    const mcnn_rule rule = rules->items[i];
    if (is_continuous(ink, v, &rule, level))
      rules->items[kept++] = rule;
  }
  rules->count = kept;
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_rules_find(const mcnn_ink *ink, uint32_t level, const mcnn_rule_view *view,
                                const mcnn_alloc *alloc, mcnn_rules *rules) {
  profiles p = {view,  view->along < MOST_SAMPLES ? view->along : MOST_SAMPLES,
                level, (int32_t)(view->along / 20),
                NULL,  NULL};

  rules->count = 0;
  p.counts =
      mcnn_alloc_zeroed(alloc, (2 * (size_t)p.most_skew + 1) * view->across, sizeof *p.counts);
  p.positions = mcnn_alloc_array(alloc, view->across, sizeof *p.positions);
  const int allocated = p.counts && p.positions;
  if (allocated) {
    project(&p, ink);
    find_peaks(&p, rules);
    keep_continuous(ink, view, level, rules);
    for (uint32_t i = 0; i < rules->count; i++)
      add_soft_edges(ink, view, &rules->items[i]);
  }
  mcnn_free(alloc, p.positions);
  mcnn_free(alloc, p.counts);
  return allocated ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}
