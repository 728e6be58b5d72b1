/* The names that pickles of PyTorch may have. */
#ifndef MCNN_EXCHANGE_TORCH_NAMES_H
#define MCNN_EXCHANGE_TORCH_NAMES_H

/* What may stand in a call, up to NULL. */
extern const char *const mcnn_torch_callables[];

/* 1 for what may stand anywhere as a value: a type, a storage, a class or function of torch.nn. */
int mcnn_torch_is_known_name(const char *name);

#endif
