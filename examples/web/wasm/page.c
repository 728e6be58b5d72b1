/* Pages of numbers. */
#include "exports.h"

mnistcnn_page *web_page_read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                             const uint8_t *pixels, uint32_t height, uint32_t width,
                             uint32_t channels, int32_t polarity, uint32_t form,
                             double least_confidence) {
  const mnistcnn_image image = {
      .pixels = pixels,
      .size_bytes = (size_t)height * width * channels,
      .shape = {height, width, channels},
  };
  mnistcnn_page_options options = MNISTCNN_PAGE_OPTIONS_INIT;
  mnistcnn_page *page = NULL;

  options.polarity = polarity;
  options.form = form;
  options.least_confidence = (float)least_confidence;
  web_status = mnistcnn_page_read(model, workspace, &image, &options, &page);
  return page;
}

void web_page_free(mnistcnn_page *page) {
  mnistcnn_page_free(page);
}

mnistcnn_status web_page_facts(const mnistcnn_page *page, double *numbers) {
  mnistcnn_page_info info = MNISTCNN_PAGE_INFO_INIT;
  const mnistcnn_status status = mnistcnn_page_get_info(page, &info);

  if (status != MNISTCNN_OK)
    return status;
  numbers[0] = (double)mnistcnn_page_num_digits(page);
  numbers[1] = (double)mnistcnn_page_num_groups(page);
  numbers[2] = info.num_lines;
  numbers[3] = info.num_columns;
  numbers[4] = info.is_form;
  numbers[5] = info.num_specks;
  return MNISTCNN_OK;
}

mnistcnn_status web_page_digit(const mnistcnn_page *page, size_t index, double *numbers) {
  mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;
  const mnistcnn_status status = mnistcnn_page_get_digit(page, index, &digit);

  if (status != MNISTCNN_OK)
    return status;
  *numbers++ = digit.verdict;
  *numbers++ = digit.class_index;
  *numbers++ = (double)digit.confidence;
  *numbers++ = digit.line;
  *numbers++ = digit.column;
  *numbers++ = digit.group == UINT32_MAX ? -1.0 : digit.group;
  *numbers++ = digit.is_cut;
  *numbers++ = digit.top;
  *numbers++ = digit.left;
  *numbers++ = digit.height;
  *numbers = digit.width;
  return MNISTCNN_OK;
}

const float *web_page_probabilities(const mnistcnn_page *page, size_t index) {
  return mnistcnn_page_probabilities(page, index);
}

const uint8_t *web_page_image(const mnistcnn_page *page, size_t index) {
  return mnistcnn_page_image(page, index);
}

const char *web_page_group(const mnistcnn_page *page, size_t index, double *numbers) {
  mnistcnn_page_group group = MNISTCNN_PAGE_GROUP_INIT;

  if (mnistcnn_page_get_group(page, index, &group) != MNISTCNN_OK)
    return NULL;
  numbers[0] = group.line;
  numbers[1] = (double)group.first;
  numbers[2] = (double)group.count;
  numbers[3] = group.top;
  numbers[4] = group.left;
  numbers[5] = group.height;
  numbers[6] = group.width;
  return group.text;
}
