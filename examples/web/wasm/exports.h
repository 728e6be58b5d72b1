/* What the module offers to JavaScript (../src/module.js): the library's calls with their structs
 * taken apart, so that only numbers and addresses cross the border. Functions that can fail return
 * a mnistcnn_status, or 0 in the place of an object; web_last_error() then has the message,
 * web_last_status() the status. */
#ifndef WEB_EXPORTS_H
#define WEB_EXPORTS_H

#include <mnistcnn.h>

#define EXPORT(name) __attribute__((export_name(#name)))

/* --- memory.c --- */
EXPORT(allocate) void *web_allocate(size_t bytes);
EXPORT(release) void web_release(void *memory);
EXPORT(version) const char *web_version(void);
EXPORT(last_error) const char *web_last_error(void);
/* Of the last call that returned an object or 0. */
EXPORT(last_status) mnistcnn_status web_last_status(void);
extern mnistcnn_status web_status;

/* --- model.c --- */
EXPORT(model_load) mnistcnn_model *web_model_load(const void *data, size_t bytes);
/* names: one a class, separated by line feeds. numbers: height, width, channels, seed, mean,
 * deviation */
EXPORT(model_create)
mnistcnn_model *web_model_create(const char *architecture, const char *names, uint32_t classes,
                                 const double *numbers);
/* weights[i] = small[i] scales[i % outputs] */
EXPORT(expand)
void web_expand(const int8_t *small, size_t count, const float *scales, size_t outputs,
                float *weights);
EXPORT(model_free) void web_model_free(mnistcnn_model *model);
EXPORT(model_bytes) size_t web_model_bytes(const mnistcnn_model *model);
EXPORT(model_save)
mnistcnn_status web_model_save(const mnistcnn_model *model, void *buffer, size_t bytes);
/* numbers: height, width, channels, classes, layers, parameters, rejection threshold, temperature,
 * prepare, invert, scale, offset, mean, deviation of the first channel */
EXPORT(model_facts) mnistcnn_status web_model_facts(const mnistcnn_model *model, double *numbers);
EXPORT(model_architecture) const char *web_model_architecture(const mnistcnn_model *model);
EXPORT(model_class_name) const char *web_model_class_name(const mnistcnn_model *model, uint32_t i);
EXPORT(model_note) const char *web_model_note(const mnistcnn_model *model, const char *key);
EXPORT(model_set_note)
mnistcnn_status web_model_set_note(mnistcnn_model *model, const char *key, const char *value);
EXPORT(model_set_threshold)
mnistcnn_status web_model_set_threshold(mnistcnn_model *model, double threshold);
/* numbers: kind, output height, width, channels, activation, kernel height, width, in, out, stride
 * height, width, dilation height, width, padding, input, other, parameter of the activation.
 * Returns the layer's name, 0 where there is none. */
EXPORT(layer_facts)
const char *web_layer_facts(const mnistcnn_model *model, uint32_t layer, double *numbers);
/* values 0: returns how many there are; 0 where there are none. */
EXPORT(layer_weights)
size_t web_layer_weights(const mnistcnn_model *model, uint32_t layer, int32_t which, float *values,
                         size_t count);
EXPORT(layer_set_weights)
mnistcnn_status web_layer_set_weights(mnistcnn_model *model, uint32_t layer, int32_t which,
                                      const float *values, size_t count);

/* --- predict.c --- */
EXPORT(workspace_create)
mnistcnn_workspace *web_workspace_create(const mnistcnn_model *model, uint32_t max_batch);
EXPORT(workspace_free) void web_workspace_free(mnistcnn_workspace *workspace);
EXPORT(predict)
mnistcnn_status web_predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                            const uint8_t *images, size_t bytes, float *probabilities,
                            size_t capacity);
EXPORT(predict_floats)
mnistcnn_status web_predict_floats(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                                   const float *images, size_t count, float *probabilities,
                                   size_t capacity);
/* An image of 1 to 4 channels as the model's input, in bytes. polarity: MNISTCNN_POLARITY_...;
 * passthrough: 1 where one that is prepared already is left as it is. numbers: verdict, top, left,
 * height, width, polarity found */
EXPORT(prepare)
mnistcnn_status web_prepare(const mnistcnn_model *model, const uint8_t *pixels, uint32_t height,
                            uint32_t width, uint32_t channels, int32_t polarity,
                            uint32_t passthrough, uint8_t *prepared, double *numbers);
EXPORT(verdict_text) const char *web_verdict_text(int32_t verdict);

/* --- page.c --- */
EXPORT(page_read)
mnistcnn_page *web_page_read(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                             const uint8_t *pixels, uint32_t height, uint32_t width,
                             uint32_t channels, int32_t polarity, uint32_t form,
                             double least_confidence);
EXPORT(page_free) void web_page_free(mnistcnn_page *page);
/* numbers: digits, groups, lines, columns, is a form, specks */
EXPORT(page_facts) mnistcnn_status web_page_facts(const mnistcnn_page *page, double *numbers);
/* numbers: verdict, class, confidence, line, column, group, is cut, top, left, height, width */
EXPORT(page_digit)
mnistcnn_status web_page_digit(const mnistcnn_page *page, size_t index, double *numbers);
EXPORT(page_probabilities)
const float *web_page_probabilities(const mnistcnn_page *page, size_t index);
EXPORT(page_image) const uint8_t *web_page_image(const mnistcnn_page *page, size_t index);
/* numbers: line, first digit, digits, top, left, height, width. Returns its text. */
EXPORT(page_group)
const char *web_page_group(const mnistcnn_page *page, size_t index, double *numbers);

/* --- strokes.c --- */
/* Draws strokes, light on black, in a box of `box` pixels in the middle of size x size. points: x,
 * y of each, in any unit; lengths: points of each stroke. centre: 1 moves the centre of mass into
 * the middle. */
EXPORT(draw_strokes)
mnistcnn_status web_draw_strokes(const float *points, const uint32_t *lengths, size_t strokes,
                                 uint32_t size, uint32_t box, double pen, uint32_t centre,
                                 uint8_t *pixels);
EXPORT(reduce)
mnistcnn_status web_reduce(const uint8_t *pixels, uint32_t size, uint32_t to, uint8_t *reduced);

/* --- train.c --- */
EXPORT(dataset_create)
mnistcnn_dataset *web_dataset_create(const uint8_t *pixels, const int32_t *labels, size_t count,
                                     uint32_t height, uint32_t width, uint32_t channels,
                                     const char *names, uint32_t classes);
/* Splits off this fraction of every class. *rest may be 0 where nothing is asked for. */
EXPORT(dataset_split)
mnistcnn_status web_dataset_split(const mnistcnn_dataset *dataset, double fraction, double seed,
                                  mnistcnn_dataset **first, mnistcnn_dataset **second);
EXPORT(dataset_free) void web_dataset_free(mnistcnn_dataset *dataset);
EXPORT(dataset_count) size_t web_dataset_count(const mnistcnn_dataset *dataset);
/* settings: epochs, batch size, seed, learning rate, loss, optimizer, schedule, augmentation,
 * rotation, shear, zoom, shift, elastic pixels, dilate, weight decay, label smoothing, moving
 * average, balance classes, warm-up fraction, final ratio, keep the best epoch, fraction of the end
 * without augmentation */
EXPORT(trainer_create)
mnistcnn_trainer *web_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                     const mnistcnn_dataset *validation, const double *settings);
/* numbers: epoch, epochs, step, steps, images done, images, loss, accuracy, validation loss,
 * validation accuracy, learning rate, event, 1 once all is done */
EXPORT(trainer_run)
mnistcnn_status web_trainer_run(mnistcnn_trainer *trainer, double seconds, double *numbers);
EXPORT(trainer_model) mnistcnn_model *web_trainer_model(const mnistcnn_trainer *trainer);
EXPORT(trainer_free) void web_trainer_free(mnistcnn_trainer *trainer);
/* numbers: images, correct, loss, accuracy */
EXPORT(evaluate)
mnistcnn_status web_evaluate(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                             double *numbers);

#endif
