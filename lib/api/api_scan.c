/* What a folder of images holds, before it is loaded. */
#include "api/check.h"
#include "base/strbuf.h"
#include "data/scan.h"

static void put_names(mcnn_strbuf *buf, const void *context) {
  const mcnn_strings *classes = context;
  for (size_t i = 0; i < classes->count; i++) {
    if (i > 0)
      mcnn_strbuf_text(buf, "\n");
    mcnn_strbuf_text(buf, mcnn_strings_at(classes, i));
  }
}

mnistcnn_status mnistcnn_dataset_scan_folder(const char *path, uint32_t *num_classes,
                                             uint64_t *num_images, char *names, size_t capacity,
                                             size_t *length) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_scan scan = {0};
  MCNN_REQUIRE(path);
  MCNN_REQUIRE(num_classes);
  MCNN_REQUIRE(num_images);
  mnistcnn_status status = mcnn_scan_folder(path, &alloc, &scan);
  if (status == MNISTCNN_OK)
    status = mcnn_strbuf_copy_out(put_names, &scan.classes, names, capacity, length);
  if (status == MNISTCNN_OK) {
    *num_classes = (uint32_t)scan.classes.count;
    *num_images = scan.files.count;
  }
  mcnn_scan_free(&scan, &alloc);
  return status;
}
