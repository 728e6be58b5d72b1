/* ZIP archives: all entries are read. What opens has entries with names, each found again. */
#include "fuzz.h"

#include "base/status.h"
#include "exchange/zip/zip.h"

enum { LIMIT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_zip *zip;
  mcnn_span content;
  const mnistcnn_status status = mcnn_zip_open(data, size, "fuzz", &alloc, &zip);

  FUZZ_REQUIRE((status == MNISTCNN_OK) == (zip != NULL));
  FUZZ_REQUIRE(zip || mcnn_last_error()[0] != '\0');
  for (size_t i = 0; zip && i < mcnn_zip_num_entries(zip); i++) {
    FUZZ_REQUIRE(mcnn_zip_find(zip, mcnn_zip_name(zip, i)) == i);
    if (mcnn_zip_read(zip, i, LIMIT, &content) == MNISTCNN_OK)
      FUZZ_REQUIRE(content.size_bytes == mcnn_zip_size(zip, i) && content.size_bytes <= LIMIT);
    else
      FUZZ_REQUIRE(!content.data && mcnn_last_error()[0] != '\0');
  }
  mcnn_zip_close(zip);
  return 0;
}
