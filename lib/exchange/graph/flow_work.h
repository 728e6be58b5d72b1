/* The inside of the flow. */
#ifndef MCNN_EXCHANGE_GRAPH_FLOW_WORK_H
#define MCNN_EXCHANGE_GRAPH_FLOW_WORK_H

#include "exchange/graph/flow.h"
#include "exchange/graph/pointwise.h"

/* Makes the layer. */
mnistcnn_status mcnn_linear_settle(mcnn_flow *flow, mcnn_flow_value *value);

/* Makes *out the same with each output i times lines[i] plus lines[count + i]; 0 where the constant
 * has not one number for each output. Without memory, 1 and *out as it was. */
int mcnn_linear_scale(mcnn_flow *flow, const mcnn_flow_value *value, const mcnn_array *array,
                      const double *lines, mcnn_flow_value *out);

#endif
