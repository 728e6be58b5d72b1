#include "http/access.h"

#include <string.h>
#include <strings.h>

bool access_same_secret(const char *given, const char *secret) {
  const size_t given_length = strlen(given), length = strlen(secret);
  volatile unsigned char different = given_length != length;

  for (size_t i = 0; i < given_length; i++)
    different |= (unsigned char)(given[i] ^ secret[length ? i % length : 0]);
  return different == 0;
}

bool access_allowed(const server_options *options, struct MHD_Connection *mhd) {
  static const char scheme[] = "Bearer ";
  bool found = false;

  if (!options->tokens)
    return true;
  const char *const header =
      MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
  if (!header || strncasecmp(header, scheme, sizeof scheme - 1) != 0)
    return false;
  for (const char *const *token = options->tokens; *token; token++)
    found |= access_same_secret(header + sizeof scheme - 1, *token);
  return found;
}

const char *access_origin(const server_options *options, struct MHD_Connection *mhd) {
  if (options->num_origins == 0)
    return NULL;
  const char *const origin = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Origin");
  for (size_t i = 0; origin && i < options->num_origins; i++) {
    if (strcmp(options->origins[i], "*") == 0)
      return "*";
    if (strcmp(options->origins[i], origin) == 0)
      return options->origins[i];
  }
  return NULL;
}
