#include "nn/activation_text.h"

#include "base/decimal.h"

#include <stdio.h>

typedef struct activation_words {
  const char *word, *other; /* other: read as the same, or NULL */
  float parameter;          /* the default; 0: it takes none */
} activation_words;

/* The defaults are those of Keras' functions of these names. */
static const activation_words words[MCNN_NUM_ACTIVATIONS] = {
    [MCNN_ACTIVATION_LINEAR] = {"linear", NULL, 0},
    [MCNN_ACTIVATION_RELU] = {"relu", NULL, 0},
    [MCNN_ACTIVATION_RELU6] = {"relu6", NULL, 0},
    [MCNN_ACTIVATION_LEAKY_RELU] = {"leaky_relu", NULL, 0.2f},
    [MCNN_ACTIVATION_ELU] = {"elu", NULL, 1},
    [MCNN_ACTIVATION_SELU] = {"selu", NULL, 0},
    [MCNN_ACTIVATION_SIGMOID] = {"sigmoid", NULL, 0},
    [MCNN_ACTIVATION_TANH] = {"tanh", NULL, 0},
    [MCNN_ACTIVATION_SWISH] = {"swish", "silu", 0},
    [MCNN_ACTIVATION_GELU] = {"gelu", NULL, 0},
    [MCNN_ACTIVATION_GELU_TANH] = {"gelu_tanh", NULL, 0},
    [MCNN_ACTIVATION_SOFTPLUS] = {"softplus", NULL, 0},
    [MCNN_ACTIVATION_HARD_SIGMOID] = {"hard_sigmoid", NULL, 0},
    [MCNN_ACTIVATION_HARD_SWISH] = {"hard_swish", "hard_silu", 0},
};

/* Both in one order: the public numbers are those of the kernels. */
_Static_assert((int)MCNN_ACTIVATION_HARD_SWISH == (int)MNISTCNN_ACTIVATION_HARD_SWISH &&
                   (int)MCNN_ACTIVATION_GELU == (int)MNISTCNN_ACTIVATION_GELU &&
                   (int)MCNN_ACTIVATION_SELU == (int)MNISTCNN_ACTIVATION_SELU &&
                   (int)MCNN_ACTIVATION_RELU == (int)MNISTCNN_ACTIVATION_RELU,
               "the numbers of activations differ");

/* NULL where the word names none. */
static const activation_words *find(const mcnn_word *word) {
  for (size_t i = 0; i < MCNN_NUM_ACTIVATIONS; i++)
    if (mcnn_word_is(word, words[i].word) || (words[i].other && mcnn_word_is(word, words[i].other)))
      return &words[i];
  return NULL;
}

int mcnn_activation_is_named(const mcnn_word *word) {
  return find(word) ? 1 : 0;
}

mnistcnn_status mcnn_activation_read(mcnn_layer_text *text, mcnn_activation *activation,
                                     float *parameter) {
  const mcnn_word *word = mcnn_layer_text_word(text);
  const activation_words *found = word ? find(word) : NULL;
  *activation = MCNN_ACTIVATION_LINEAR;
  *parameter = 0;
  if (!found)
    return MNISTCNN_OK;
  text->next++;
  *activation = (mcnn_activation)(found - words);
  *parameter = found->parameter;
  if (found->parameter > 0 && mcnn_layer_text_word(text) &&
      !mcnn_layer_text_positive(text, parameter)) {
    return mcnn_layer_text_fail(text, "what follows %s must be a number above 0, as in \"%s 0.1\"",
                                found->word, found->word);
  }
  return MNISTCNN_OK;
}

static int is_default(mcnn_activation activation, float parameter) {
  return !(parameter < words[activation].parameter) && !(parameter > words[activation].parameter);
}

void mcnn_activation_write(mcnn_activation activation, float parameter,
                           char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char decimal[MCNN_DECIMAL_CAPACITY] = "";
  const char *separator = "";
  if (!is_default(activation, parameter)) {
    (void)mcnn_decimal_write(parameter, decimal); /* it was read from a decimal, so there is one */
    separator = " ";
  }
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "%s%s%s", words[activation].word, separator,
                 decimal);
}

const char *mcnn_activation_word(mcnn_activation activation) {
  return words[activation].word;
}
