/* Pages of digits. */
#include "api/check.h"
#include "digit/verdict.h"
#include "model/page_reader.h"

#define FIRST_OPTIONS_SIZE MCNN_SIZE_THROUGH(mnistcnn_page_options, error)
#define FIRST_INFO_SIZE    MCNN_SIZE_THROUGH(mnistcnn_page_info, num_specks)
#define FIRST_DIGIT_SIZE   MCNN_SIZE_THROUGH(mnistcnn_page_digit, width)
#define FIRST_GROUP_SIZE   MCNN_SIZE_THROUGH(mnistcnn_page_group, text)
static const char OPTIONS_TYPE[] = "mnistcnn_page_options";
static const char INFO_TYPE[] = "mnistcnn_page_info";
static const char DIGIT_TYPE[] = "mnistcnn_page_digit";
static const char GROUP_TYPE[] = "mnistcnn_page_group";

/* --- options ---------------------------------------------------------------------------------- */

static const mnistcnn_page_options defaults = MNISTCNN_PAGE_OPTIONS_INIT;

mnistcnn_status mnistcnn_page_options_init(mnistcnn_page_options *options, size_t size) {
  return mcnn_export_options(OPTIONS_TYPE, &defaults, FIRST_OPTIONS_SIZE, sizeof defaults, options,
                             size);
}

static mnistcnn_status import(const mnistcnn_page_options *given, mnistcnn_page_options *options) {
  *options = defaults;
  const mnistcnn_status status =
      mcnn_import_options(OPTIONS_TYPE, given, FIRST_OPTIONS_SIZE, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

static mnistcnn_status check_options(const mnistcnn_page_options *options) {
  if (options->polarity < MNISTCNN_POLARITY_AUTO ||
      options->polarity > MNISTCNN_POLARITY_LIGHT_ON_DARK) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "invalid value for polarity: %d",
                     options->polarity);
  }
  if (options->form > 1)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "form: must be 0 or 1, not %u", options->form);
  if (!(options->least_confidence >= 0 && options->least_confidence <= 1)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "least_confidence: must be 0 to 1, not %g",
                     (double)options->least_confidence);
  }
  return MNISTCNN_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum { SMALLEST_SIDE = 8, LARGEST_SIDE = 1024 };

static int is_side(uint32_t side) {
  return side >= SMALLEST_SIDE && side <= LARGEST_SIDE;
}

static mnistcnn_status check_model(const mnistcnn_model *model, mnistcnn_workspace *workspace) {
  const mcnn_shape input = model->arch->input;

  if (!is_side(input.height) || !is_side(input.width)) {
    return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                     "model: digits are prepared as %d to %d pixels a side, but its input is %u x "
                     "%u",
                     SMALLEST_SIDE, LARGEST_SIDE, input.height, input.width);
  }
  return workspace ? mcnn_predictor_check(workspace, model) : MNISTCNN_OK;
}

static mnistcnn_status read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                            const mnistcnn_image *image, const mnistcnn_page_options *options,
                            mnistcnn_page **page) {
  const mcnn_page_request request = {options->polarity, options->form, options->least_confidence};
  mnistcnn_workspace *own = NULL;
  mcnn_alloc alloc;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(page);
  mnistcnn_status status = mcnn_check_image(image, 1);
  if (status == MNISTCNN_OK)
    status = check_options(options);
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(options->allocator, &alloc);
  if (status == MNISTCNN_OK)
    status = check_model(model, workspace);
  if (status == MNISTCNN_OK && !workspace)
    status = mnistcnn_workspace_create(model, NULL, &own);
  if (status == MNISTCNN_OK)
    status =
        mcnn_page_reader_read(model, workspace ? workspace : own, image, &request, &alloc, page);
  mnistcnn_workspace_free(own);
  return status;
}

mnistcnn_status mnistcnn_page_read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                   const mnistcnn_image *image,
                                   const mnistcnn_page_options *options, mnistcnn_page **page) {
  mnistcnn_page_options complete;
  if (page)
    *page = NULL;
  const mnistcnn_status status = import(options, &complete);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(complete.error, read(model, workspace, image, &complete, page));
}

void mnistcnn_page_free(mnistcnn_page *page) {
  mcnn_written_page_free(page);
}

/* --- what was read ---------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_page_get_info(const mnistcnn_page *page, mnistcnn_page_info *info) {
  MCNN_REQUIRE(page);
  MCNN_REQUIRE(info);
  const mnistcnn_page_info full = {.struct_size = sizeof full,
                                   .polarity = page->polarity,
                                   .num_lines = page->num_lines,
                                   .num_columns = page->num_columns,
                                   .is_form = page->num_columns > 0 ? 1 : 0,
                                   .num_specks = page->num_specks};
  return mcnn_export_options(INFO_TYPE, &full, FIRST_INFO_SIZE, sizeof full, info,
                             info->struct_size);
}

size_t mnistcnn_page_num_digits(const mnistcnn_page *page) {
  return page ? page->readings.count : 0;
}

static mnistcnn_status check_index(size_t index, size_t count, const char *what) {
  return index < count ? MNISTCNN_OK
                       : mcnn_fail(MNISTCNN_NOT_FOUND, "index: there are %zu %s, so none at %zu",
                                   count, what, index);
}

mnistcnn_status mnistcnn_page_get_digit(const mnistcnn_page *page, size_t index,
                                        mnistcnn_page_digit *digit) {
  MCNN_REQUIRE(page);
  MCNN_REQUIRE(digit);
  const mnistcnn_status status = check_index(index, page->readings.count, "digits");
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_reading *const r = &page->readings.items[index];
  const int has_class = mcnn_reading_has_class(r);
  const int is_digit = r->group != UINT32_MAX;
  const mnistcnn_page_digit full = {.struct_size = sizeof full,
                                    .verdict = r->digit.verdict,
                                    .class_index =
                                        has_class ? (int32_t)mcnn_reading_class(page, index) : -1,
                                    .confidence = is_digit ? r->probability : 0,
                                    .line = r->digit.line,
                                    .column = r->column,
                                    .group = r->group,
                                    .is_cut = r->is_cut,
                                    .top = r->digit.top,
                                    .left = r->digit.left,
                                    .height = r->digit.height,
                                    .width = r->digit.width};
  return mcnn_export_options(DIGIT_TYPE, &full, FIRST_DIGIT_SIZE, sizeof full, digit,
                             digit->struct_size);
}

size_t mnistcnn_page_num_groups(const mnistcnn_page *page) {
  return page ? page->num_groups : 0;
}

mnistcnn_status mnistcnn_page_get_group(const mnistcnn_page *page, size_t index,
                                        mnistcnn_page_group *group) {
  MCNN_REQUIRE(page);
  MCNN_REQUIRE(group);
  const mnistcnn_status status = check_index(index, page->num_groups, "groups");
  if (status != MNISTCNN_OK)
    return status;
  const mcnn_digit_group *const g = &page->groups[index];
  const mcnn_box box = mcnn_digit_group_box(page, g);
  const mnistcnn_page_group full = {.struct_size = sizeof full,
                                    .line = g->line,
                                    .first = g->first,
                                    .count = g->count,
                                    .top = box.top,
                                    .left = box.left,
                                    .height = mcnn_box_height(&box),
                                    .width = mcnn_box_width(&box),
                                    .text = page->text + g->text};
  return mcnn_export_options(GROUP_TYPE, &full, FIRST_GROUP_SIZE, sizeof full, group,
                             group->struct_size);
}

const float *mnistcnn_page_probabilities(const mnistcnn_page *page, size_t index) {
  return page && index < page->readings.count ? page->readings.rows + index * page->num_classes
                                              : NULL;
}

const uint8_t *mnistcnn_page_image(const mnistcnn_page *page, size_t index) {
  if (!page || index >= page->readings.count)
    return NULL;
  return page->readings.images + index * ((size_t)page->request.height * page->request.width);
}
