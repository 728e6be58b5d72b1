/* What cannot be had, and what would help. */
#include "exchange/keras/context.h"

#include <string.h>

mnistcnn_status mcnn_keras_fail_setting(mcnn_keras_context *context, const char *setting) {
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "its %s is not one that this library has", setting);
}

typedef struct advice {
  const char *part; /* of the class */
  const char *text;
} advice;

const char *mcnn_keras_advice(const char *class_name) {
  static const advice advices[] = {
      {"Lambda",
       "It holds code, which is never run; save the model without it, and do what it does "
       "before the network (such as x / 255: --encoding) or by a layer of Keras"},
      {"LSTM", "It is for sequences; this library has networks for images"},
      {"GRU", "It is for sequences; this library has networks for images"},
      {"RNN", "It is for sequences; this library has networks for images"},
      {"Bidirectional", "It is for sequences; this library has networks for images"},
      {"TimeDistributed", "It is for sequences; this library has networks for images"},
      {"Embedding", "It is for texts; this library has networks for images"},
      {"Attention", "This library has convolutions, poolings and dense layers"},
      {"1D", "It is for sequences; the same layer for images ends in 2D"},
      {"3D", "It is for volumes; the same layer for images ends in 2D"},
      {"Concatenate", "This library does not join channels; where the network can be trained anew, "
                      "Add joins layers of the same shape"},
      {"Transpose", "It makes images larger, which a network that classifies does not need"},
      {"UpSampling", "It makes images larger, which a network that classifies does not need"},
      {"LayerNormalization", "BatchNormalization is what this library has"},
      {"Resizing", "Leave it out: images are resized to what the network reads"},
      {"CenterCrop", "Leave it out: images are resized to what the network reads"},
  };
  for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
    if (strstr(class_name, advices[i].part))
      return advices[i].text;
  return "This library has no such layer; docs/exchange.md lists those it has";
}
