/* Reads a page of digits with a model. */
#ifndef MCNN_MODEL_PAGE_READER_H
#define MCNN_MODEL_PAGE_READER_H

#include "digit/written_page.h"
#include "model/predictor.h"

typedef struct mcnn_page_request {
  int32_t polarity;
  uint32_t form;
  float least_confidence;
} mcnn_page_request;

/* The workspace is of this model. The caller frees *page. */
mnistcnn_status mcnn_page_reader_read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                      const mnistcnn_image *image, const mcnn_page_request *request,
                                      const mcnn_alloc *alloc, mnistcnn_page **page);

#endif
