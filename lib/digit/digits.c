#include "digit/digits.h"

#include "digit/page.h"
#include "image/alpha.h"

#include <assert.h>

static mnistcnn_status render_candidates(const mcnn_page *p, mnistcnn_digit_list *digits) {
  const size_t count = p->candidates.count;
  const size_t image = (size_t)digits->request.height * digits->request.width;
  mnistcnn_status status = MNISTCNN_OK;

  digits->digits = mcnn_alloc_zeroed(&digits->alloc, count, sizeof *digits->digits);
  size_t bytes;
  digits->prepared = mcnn_checked_mul(count, image, &bytes)
                         ? mcnn_alloc_zeroed(&digits->alloc, bytes, 1)
                         : mcnn_alloc_zeroed(&digits->alloc, SIZE_MAX, image);
  if (!digits->digits || !digits->prepared)
    return MNISTCNN_OUT_OF_MEMORY;
  for (; digits->count < count && status == MNISTCNN_OK; digits->count++) {
    const size_t i = digits->count;
    mcnn_digit *const digit = &digits->digits[i];
    status = mcnn_page_render(p, (uint32_t)i, digits->prepared + i * image, digit);
    if (digit->verdict == MNISTCNN_DIGIT_TOUCHING &&
        2 * mcnn_box_height(&p->candidates.items[i].box) < p->candidates.text_height)
      digit->verdict = MNISTCNN_DIGIT_OTHER; /* a dash */
  }
  return status;
}

static mnistcnn_status find_in_page(mcnn_page *p, int32_t polarity, mnistcnn_digit_list *digits) {
  mnistcnn_status status = mcnn_page_read(p, polarity);

  if (status == MNISTCNN_OK && p->candidates.count == 0 &&
      p->request->polarity == MNISTCNN_POLARITY_AUTO)
    status = mcnn_page_read(p, mcnn_page_other_polarity(polarity));
  return status == MNISTCNN_OK ? render_candidates(p, digits) : status;
}

static mnistcnn_status find_in_picture(const uint8_t *pixels, const mcnn_shape *shape,
                                       mnistcnn_digit_list *digits) {
  mcnn_flat flat;
  mcnn_page p = {.alloc = digits->alloc};
  int32_t polarity;
  mnistcnn_status status =
      mcnn_flatten(pixels, shape, mcnn_ground_for(digits->request.polarity), &digits->alloc, &flat);

  if (status == MNISTCNN_OK)
    status = mcnn_page_open(flat.pixels, &flat.shape, &digits->request, &digits->alloc, 0, &p,
                            &polarity);
  if (status == MNISTCNN_OK)
    status = find_in_page(&p, polarity, digits);
  mcnn_page_close(&p);
  mcnn_free(&digits->alloc, flat.own);
  return status;
}

mnistcnn_status mcnn_digits_find(const uint8_t *pixels, const mcnn_shape *shape,
                                 const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                 mnistcnn_digit_list **digits) {
  assert(shape->height > 0 && shape->width > 0 && shape->channels - 1 < 4);
  mnistcnn_digit_list *const own = mcnn_alloc_zeroed(alloc, 1, sizeof *own);
  if (!own)
    return MNISTCNN_OUT_OF_MEMORY;
  own->alloc = *alloc;
  own->request = *request;
  const mnistcnn_status status = find_in_picture(pixels, shape, own);
  if (status != MNISTCNN_OK) {
    mcnn_digits_free(own);
    return status;
  }
  *digits = own;
  return MNISTCNN_OK;
}

void mcnn_digits_free(mnistcnn_digit_list *digits) {
  if (digits) {
    const mcnn_alloc alloc = digits->alloc;
    mcnn_free(&alloc, digits->prepared);
    mcnn_free(&alloc, digits->digits);
    mcnn_free(&alloc, digits);
  }
}
