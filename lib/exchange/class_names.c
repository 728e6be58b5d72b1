#include "exchange/class_names.h"

#include "mnistcnn.h"

mnistcnn_status mcnn_json_class_names(mcnn_json_writer *writer, const mnistcnn_model *model) {
  mcnn_json_format(writer, "[");
  for (uint32_t i = 0; i < mnistcnn_model_num_classes(model); i++) {
    if (i > 0)
      mcnn_json_format(writer, ", ");
    mcnn_json_quoted(writer, mnistcnn_model_class_name(model, i));
  }
  mcnn_json_format(writer, "]");
  return mcnn_json_written(writer);
}
