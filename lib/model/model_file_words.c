/* The words of model files. */
#include "model/model_file.h"

#include <stddef.h>

_Static_assert(sizeof(uint32_t) == sizeof(int32_t), "invert is read as a choice, too");

const mcnn_file_choice mcnn_file_choices[MCNN_FILE_CHOICES] = {
    {MCNN_FILE_PREPARE, {"none", "digit"}, offsetof(mnistcnn_preparation, prepare)},
    {MCNN_FILE_POLARITY,
     {"auto", "dark_on_light", "light_on_dark"},
     offsetof(mnistcnn_preparation, polarity)},
    {MCNN_FILE_INVERT, {"no", "yes"}, offsetof(mnistcnn_preparation, invert)},
    {MCNN_FILE_ALPHA, {"composite", "drop"}, offsetof(mnistcnn_preparation, alpha)},
    {MCNN_FILE_RESIZE, {"area_bilinear", "nearest"}, offsetof(mnistcnn_preparation, resize)},
};

mnistcnn_preparation mcnn_file_preparation_v1(void) {
  mnistcnn_preparation how = mcnn_preparation_defaults;
  how.alpha = MNISTCNN_ALPHA_DROP;
  return how;
}
