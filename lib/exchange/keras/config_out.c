#include "exchange/keras/layers_out.h"

/* Where a layer of Keras 3 is from; operations as Keras writes them. */
static void write_class(mcnn_json_writer *w, const mcnn_keras_out_list *list,
                        const mcnn_keras_out_layer *l) {
  if (l->is_operation)
    mcnn_json_format(w, "\"module\": \"keras.src.ops.nn\", \"registered_name\": \"%s\", ",
                     l->class_name);
  else if (list->is_keras_3)
    mcnn_json_format(w, "\"module\": \"keras.layers\", \"registered_name\": null, ");
  mcnn_json_format(w, "\"class_name\": \"%s\"", l->class_name);
}

static void write_reference(mcnn_json_writer *w, const mcnn_keras_out_list *list, uint32_t input) {
  const char *const name = list->layers[input].name;
  if (list->is_keras_3)
    mcnn_json_format(w,
                     "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null], "
                     "\"dtype\": \"float32\", \"keras_history\": [\"%s\", 0, 0]}}",
                     name);
  else
    mcnn_json_format(w, "[\"%s\", 0, 0, {}]", name);
}

static void write_inputs(mcnn_json_writer *w, const mcnn_keras_out_list *list,
                         const mcnn_keras_out_layer *l) {
  const int is_3 = list->is_keras_3, is_list = is_3 && l->num_inputs > 1;
  mcnn_json_format(w, ", \"name\": \"%s\", \"inbound_nodes\": [", l->name);
  if (l->num_inputs > 0)
    mcnn_json_format(w, "%s%s", is_3 ? "{\"args\": [" : "[", is_list ? "[" : "");
  for (uint32_t i = 0; i < l->num_inputs; i++) {
    if (i > 0)
      mcnn_json_format(w, ", ");
    write_reference(w, list, l->inputs[i]);
  }
  if (l->num_inputs > 0)
    mcnn_json_format(w, "%s%s", is_list ? "]" : "", is_3 ? "], \"kwargs\": {}}" : "]");
  mcnn_json_format(w, "]");
}

static void write_layer(mcnn_json_writer *w, const mcnn_keras_out_list *list,
                        const mcnn_keras_out_layer *l) {
  mcnn_json_format(w, "{");
  write_class(w, list, l);
  mcnn_json_format(w, ", \"config\": {\"name\": \"%s\"%s%s}", l->name,
                   l->is_operation ? "" : ", \"dtype\": \"float32\"", l->settings);
  if (!list->is_chain)
    write_inputs(w, list, l);
  mcnn_json_format(w, "}");
}

mnistcnn_status mcnn_keras_write_config(mcnn_json_writer *w, const mcnn_keras_out_list *list) {
  const char *const class_name = list->is_chain ? "Sequential" : "Model";
  mcnn_json_format(w, "{");
  if (list->is_keras_3)
    mcnn_json_format(w, "\"module\": \"keras\", \"registered_name\": null, ");
  mcnn_json_format(w,
                   "\"class_name\": \"%s\", \"config\": {\"name\": \"mnistcnn\"%s, \"layers\": [",
                   class_name, list->is_keras_3 ? ", \"trainable\": true" : "");
  for (uint32_t i = 0; i < list->count; i++) {
    if (i > 0)
      mcnn_json_format(w, ", ");
    write_layer(w, list, &list->layers[i]);
  }
  mcnn_json_format(w, "]");
  if (!list->is_chain)
    mcnn_json_format(w, ", \"input_layers\": [[\"%s\", 0, 0]], \"output_layers\": [[\"%s\", 0, 0]]",
                     list->layers[0].name, list->layers[list->count - 1].name);
  mcnn_json_format(w, "}}");
  return mcnn_json_written(w);
}
