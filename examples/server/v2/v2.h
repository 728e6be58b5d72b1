/* The Open Inference Protocol, version 2, over HTTP. */
#ifndef SERVER_V2_V2_H
#define SERVER_V2_V2_H

#include "service/call.h"

/* Names of the only input and of the outputs. */
#define V2_INPUT "image"

enum v2_output {
  V2_PROBABILITIES,
  V2_CLASS_INDEX,
  V2_CLASS_NAME,
  V2_OUTPUTS /* their number */
};

extern const char *const v2_output_names[V2_OUTPUTS];
extern const char *const v2_output_types[V2_OUTPUTS];

void v2_server(call *c);
void v2_live(call *c);
void v2_ready(call *c);
void v2_model(call *c);
void v2_model_ready(call *c);
void v2_infer_begin(call *c);
void v2_infer_finish(call *c);

/* False, with the problem 404, where the call names another model or version. */
bool v2_is_model(call *c);

#endif
