#include "worker/page.h"

#include "worker/picture.h"

static void add_box(const mnistcnn_image_info *info, picture_box box, buffer *out) {
  box = picture_to_file(info, box);
  pack_u32(out, box.top);
  pack_u32(out, box.left);
  pack_u32(out, box.height);
  pack_u32(out, box.width);
}

static void add_digit(const loaded *l, const mnistcnn_page *page, size_t index,
                      const mnistcnn_image_info *info, buffer *out) {
  mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
  const float *const row = mnistcnn_page_probabilities(page, index);

  if (mnistcnn_page_get_digit(page, index, &digit) != MNISTCNN_OK) {
    out->failed = true;
    return;
  }
  pack_i32(out, digit.verdict);
  pack_i32(out, digit.class_index);
  pack_f32(out, digit.confidence);
  pack_u32(out, digit.line);
  pack_u32(out, digit.column);
  pack_u32(out, digit.group);
  pack_u32(out, digit.is_cut);
  add_box(info, (picture_box){digit.top, digit.left, digit.height, digit.width}, out);
  const uint32_t classes = row && digit.verdict != MNISTCNN_DIGIT_BLANK ? l->classes : 0;
  pack_u32(out, classes);
  for (uint32_t c = 0; c < classes; c++)
    pack_f32(out, row[c]);
}

static void add_group(const mnistcnn_page *page, size_t index, const mnistcnn_image_info *info,
                      buffer *out) {
  mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;

  if (mnistcnn_page_get_group(page, index, &group) != MNISTCNN_OK) {
    out->failed = true;
    return;
  }
  pack_u32(out, group.line);
  pack_u64(out, group.first);
  pack_u64(out, group.count);
  add_box(info, (picture_box){group.top, group.left, group.height, group.width}, out);
  pack_text(out, group.text);
}

static void add_page(const loaded *l, const mnistcnn_page *page, const mnistcnn_image_info *image,
                     buffer *out) {
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  const size_t digits = mnistcnn_page_num_digits(page), groups = mnistcnn_page_num_groups(page);

  if (mnistcnn_page_get_info(page, &info) != MNISTCNN_OK)
    out->failed = true;
  pack_u32(out, image->file_height);
  pack_u32(out, image->file_width);
  pack_i32(out, info.polarity);
  pack_u32(out, info.num_lines);
  pack_u32(out, info.num_columns);
  pack_u32(out, info.is_form);
  pack_u32(out, info.num_specks);
  pack_u64(out, digits);
  for (size_t i = 0; i < digits; i++)
    add_digit(l, page, i, image, out);
  pack_u64(out, groups);
  for (size_t i = 0; i < groups; i++)
    add_group(page, i, image, out);
}

mnistcnn_status page_answer(const loaded *l, const page_request *request, buffer *out,
                            const char **message) {
  mnistcnn_page_options options = MNISTCNN_PAGE_OPTIONS_INIT;
  mnistcnn_page *page = NULL;
  picture p;

  options.polarity = request->polarity;
  options.form = request->form;
  options.least_confidence = request->least_confidence;
  mnistcnn_status status = picture_decode(l, request->file, request->size, &p);
  if (status == MNISTCNN_OK)
    status = mnistcnn_page_read(l->model, l->workspace, &p.image, &options, &page);
  if (status == MNISTCNN_OK)
    add_page(l, page, &p.info, out);
  else
    *message = picture_error(status);
  mnistcnn_page_free(page);
  picture_free(&p);
  return status;
}
