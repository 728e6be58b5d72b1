#include "nn/references.h"

#include "base/status.h"

#include <assert.h>

void mcnn_references_add(mcnn_references *references, uint32_t number, uint32_t layer) {
  assert(number < MCNN_MAX_WRITTEN && layer < MCNN_MAX_LAYERS);
  references->layer_of[number] = (uint16_t)layer;
  references->changed_at[layer] = number;
}

/* A layer so many back. */
static mnistcnn_status find_back(const mcnn_layer_reader *reader, uint32_t back, uint32_t *layer) {
  const uint32_t number = reader->text.number;
  if (back >= number)
    return mcnn_layer_text_fail(&reader->text, "there %s only %u layer%s before it",
                                number == 2 ? "is" : "are", number - 1, number == 2 ? "" : "s");
  *layer = reader->references->layer_of[number - back];
  if (reader->references->changed_at[*layer] == number - back)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text,
                              "what is %u back is one layer with the activation behind it: only "
                              "the output of both can be read, which is %u back",
                              back, number - reader->references->changed_at[*layer]);
}

static mnistcnn_status find_name(const mcnn_layer_reader *reader, const mcnn_word *word,
                                 uint32_t *layer) {
  const mcnn_arch *arch = reader->arch;
  for (*layer = 0; *layer < arch->num_layers; ++*layer)
    if (mcnn_word_is(word, arch->layers[*layer].name))
      return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text,
                              "no layer before it is called \"%.*s\"; 1 is the one right before it",
                              mcnn_word_quoted(word), word->start);
}

mnistcnn_status mcnn_reference_read(mcnn_layer_reader *reader, uint32_t *layer) {
  const mcnn_word *word = mcnn_layer_text_word(&reader->text);
  uint32_t back;
  assert(word);
  if (mcnn_layer_text_count(&reader->text, &back))
    return find_back(reader, back, layer);
  reader->text.next++;
  return find_name(reader, word, layer);
}

/* Where "from" stands, which is before the last word, or 0. */
static size_t find_from(const mcnn_layer_text *text) {
  for (size_t i = 1; i < text->num_words; i++)
    if (mcnn_word_is(&text->words[i], "from"))
      return i;
  return 0;
}

int mcnn_reference_is_from(const mcnn_layer_text *text) {
  return find_from(text) > 0;
}

mnistcnn_status mcnn_reference_read_from(mcnn_layer_reader *reader, mcnn_layer *layer) {
  mcnn_layer_text *text = &reader->text;
  const size_t from = find_from(text), next = text->next;
  if (from == 0)
    return MNISTCNN_OK;
  if (from + 2 != text->num_words)
    return mcnn_layer_text_fail(text, "\"from\" and a layer, a number or a name, must stand last");
  if (layer->input == MCNN_NO_LAYER)
    return mcnn_layer_text_fail(text, "\"from\" needs a layer before it");
  if (layer->is_flat)
    return mcnn_layer_text_fail(text, "\"from\" is for layers before the flatten only");
  text->next = from + 1;
  const mnistcnn_status status = mcnn_reference_read(reader, &layer->input);
  if (status != MNISTCNN_OK)
    return status;
  layer->in = layer->out = reader->arch->layers[layer->input].out;
  text->num_words = from;
  text->next = next;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_references_check_used(const mcnn_arch *arch) {
  for (uint32_t i = 0; i + 1 < arch->num_layers; i++) {
    if (mcnn_arch_readers(arch, i) == 0) {
      return mcnn_fail(MNISTCNN_ARCHITECTURE, "no layer reads the output of layer %s",
                       arch->layers[i].name);
    }
  }
  return MNISTCNN_OK;
}
