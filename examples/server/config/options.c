#include "config/options.h"

#include <mnistcnn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text/number.h"

typedef struct number_option {
  const char *name;
  const char *help;
  uint64_t *target;
  uint64_t least;
  uint64_t most;
  uint64_t standard;
} number_option;

typedef struct text_option {
  const char *name;
  const char *value;
  const char *help;
  const char **target;
} text_option;

enum { NUMBERS = 19, TEXTS = 5, HELP_COLUMN = 32 };

static uint64_t processors(void) {
  const long count = sysconf(_SC_NPROCESSORS_ONLN);

  return count > 0 ? (uint64_t)count : 1;
}

static void list_numbers(options *o, number_option *list) {
  const number_option numbers[NUMBERS] = {
      {"workers", "processes that decode and predict", &o->workers, 1, 256, processors()},
      {"threads", "threads that serve HTTP", &o->threads, 1, 64, 1},
      {"batch", "most images that are predicted together", &o->batch, 1, 4096, 64},
      {"batch-wait", "microseconds that a batch waits for more images", &o->batch_wait_us, 0,
       1000000, 0},
      {"queue", "requests that may wait for a worker", &o->queue, 1, 1000000, 1024},
      {"connections", "open connections", &o->connections, 1, 1000000, 16384},
      {"connections-per-address", "of one client; 0: no limit", &o->connections_per_address, 0,
       1000000, 0},
      {"max-body", "bytes of a request's body", &o->max_body, 1024, 1 << 30, 16 << 20},
      {"max-body-memory", "MiB of all bodies together", &o->max_body_memory_mib, 1, 1 << 20, 256},
      {"max-pixels", "pixels of an image", &o->max_pixels, 1, 1 << 28, 1 << 25},
      {"max-images", "images of a request", &o->max_images, 1, 4096, 256},
      {"worker-memory", "MiB that a worker may take; 0: no limit", &o->worker_memory_mib, 0,
       1 << 20, 1024},
      {"idle-timeout", "seconds that a connection may wait for a request", &o->idle_seconds, 1,
       86400, 30},
      {"body-timeout", "seconds in which a body must arrive", &o->body_seconds, 1, 86400, 30},
      {"send-timeout", "seconds in which an answer must be taken", &o->send_seconds, 1, 86400, 30},
      {"queue-timeout", "seconds that a request may wait for a worker", &o->queue_seconds, 1, 86400,
       10},
      {"work-timeout", "seconds that a worker may take", &o->work_seconds, 1, 86400, 20},
      {"grace", "seconds that requests are still taken after SIGTERM", &o->grace_seconds, 0, 86400,
       5},
      {NULL, NULL, NULL, 0, 0, 0},
  };
  memcpy(list, numbers, sizeof numbers);
}

static void list_texts(options *o, text_option *list) {
  const text_option texts[TEXTS] = {
      {"model", "FILE", "the model; default: the one that is built in", &o->model},
      {"name", "NAME", "what the model is called (digits)", &o->name},
      {"model-version", "TEXT", "its version (1)", &o->version},
      {"page", "DIR", "the folder of the page at /; \"\" for none", &o->page},
      {"token-file", "FILE", "bearer tokens, one a line, of which one is needed", &o->token_file},
  };
  memcpy(list, texts, sizeof texts);
}

static void print_row(const char *name, const char *value, const char *help) {
  const int width = printf("  --%s%s%s", name, *value ? " " : "", value);

  printf("%*s%s", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", help);
}

static void print_help(options *o) {
  number_option numbers[NUMBERS];
  text_option texts[TEXTS];

  list_numbers(o, numbers);
  list_texts(o, texts);
  puts("Usage: mnistcnn-server [OPTION]...\n\nAnswers what digits images show, over HTTP: see "
       "/openapi.json.\n");
  print_row("listen", "HOST:PORT", "also several times; default: 127.0.0.1:8080, or the\n");
  printf("%*ssockets of systemd\n", HELP_COLUMN, "");
  for (size_t i = 0; i < TEXTS; i++) {
    print_row(texts[i].name, texts[i].value, texts[i].help);
    putchar('\n');
  }
  print_row("cors-origin", "ORIGIN", "whose pages may call; also several times; *: any\n");
  print_row("sandbox", "MODE", "of the workers: require, try (default) or off\n");
  print_row("access-log", "MODE", "on (default) or off\n");
  for (size_t i = 0; numbers[i].name; i++) {
    print_row(numbers[i].name, "N", numbers[i].help);
    printf(" (%llu)\n", (unsigned long long)numbers[i].standard);
  }
  puts("  --help, --version\n\nSIGHUP reads the model again, SIGTERM ends after --grace seconds, a "
       "second one at once.");
}

static bool wrong(const char *format, const char *name, const char *value) {
  fputs("mnistcnn-server: ", stderr);
  /* All formats are literals below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  fprintf(stderr, format, name, value);
#pragma GCC diagnostic pop
  fputs(" (see --help)\n", stderr);
  return false;
}

static bool add_to_list(const char **list, size_t *count, size_t most, const char *name,
                        const char *value) {
  if (*count >= most)
    return wrong("--%s: too many of them: %s", name, value);
  list[(*count)++] = value;
  return true;
}

static bool set_sandbox(options *o, const char *value) {
  if (strcmp(value, "require") == 0)
    o->sandbox = SANDBOX_REQUIRE;
  else if (strcmp(value, "try") == 0)
    o->sandbox = SANDBOX_TRY;
  else if (strcmp(value, "off") == 0)
    o->sandbox = SANDBOX_OFF;
  else
    return wrong("--%s is %s; it must be require, try or off", "sandbox", value);
  return true;
}

static bool set_access_log(options *o, const char *value) {
  o->access_log = strcmp(value, "on") == 0;
  return o->access_log || strcmp(value, "off") == 0 ||
         wrong("--%s is %s; it must be on or off", "access-log", value);
}

static bool set_number(options *o, const char *name, const char *value, bool *known) {
  number_option numbers[NUMBERS];
  uint64_t number;

  list_numbers(o, numbers);
  for (const number_option *n = numbers; n->name; n++) {
    if (strcmp(name, n->name) != 0)
      continue;
    *known = true;
    if (!number_read(value, n->most, &number) || number < n->least) {
      fprintf(stderr, "mnistcnn-server: --%s must be a number from %llu to %llu (see --help)\n",
              name, (unsigned long long)n->least, (unsigned long long)n->most);
      return false;
    }
    *n->target = number;
    return true;
  }
  *known = false;
  return true;
}

static bool set_text(options *o, const char *name, const char *value) {
  text_option texts[TEXTS];

  list_texts(o, texts);
  for (size_t i = 0; i < TEXTS; i++) {
    if (strcmp(name, texts[i].name) == 0) {
      *texts[i].target = value;
      return true;
    }
  }
  return wrong("unknown option --%s %s", name, "");
}

static bool set(options *o, const char *name, const char *value) {
  bool known;

  if (strcmp(name, "listen") == 0)
    return add_to_list(o->listen, &o->num_listen, OPTIONS_MAX_LISTEN, name, value);
  if (strcmp(name, "cors-origin") == 0)
    return add_to_list(o->origins, &o->num_origins, OPTIONS_MAX_ORIGINS, name, value);
  if (strcmp(name, "sandbox") == 0)
    return set_sandbox(o, value);
  if (strcmp(name, "access-log") == 0)
    return set_access_log(o, value);
  if (!set_number(o, name, value, &known))
    return false;
  return known || set_text(o, name, value);
}

/* Names go into paths. */
static bool check_name(const char *option, const char *name) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  enum { LONGEST = 100 };

  return (*name && *name != '.' && strlen(name) <= LONGEST &&
          strspn(name, allowed) == strlen(name)) ||
         wrong("--%s is '%s'; it must be of letters, digits, dots, dashes and underscores", option,
               name);
}

static void set_defaults(options *o) {
  number_option numbers[NUMBERS];

  *o = (options){.name = "digits", .version = "1", .sandbox = SANDBOX_TRY, .access_log = true};
  list_numbers(o, numbers);
  for (const number_option *n = numbers; n->name; n++)
    *n->target = n->standard;
}

/* "--name value" or "--name=value". */
static bool read_one(options *o, int argc, char **argv, int *at) {
  char *const name = argv[*at];
  char *const sign = strchr(name, '=');

  if (strncmp(name, "--", 2) != 0)
    return wrong("unexpected argument '%s'%s", name, "");
  if (sign) {
    *sign = '\0';
    return set(o, name + 2, sign + 1);
  }
  if (*at + 1 >= argc)
    return wrong("unknown option, or no value after it: %s%s", name, "");
  return set(o, name + 2, argv[++*at]);
}

options_outcome options_read(options *o, int argc, char **argv) {
  set_defaults(o);
  for (int at = 1; at < argc; at++) {
    if (strcmp(argv[at], "--help") == 0) {
      print_help(o);
      return OPTIONS_SHOWN;
    }
    if (strcmp(argv[at], "--version") == 0) {
      printf("mnistcnn-server %s\n", mnistcnn_version_string());
      return OPTIONS_SHOWN;
    }
    if (!read_one(o, argc, argv, &at))
      return OPTIONS_WRONG;
  }
  return check_name("name", o->name) && check_name("model-version", o->version) ? OPTIONS_GO_ON
                                                                                : OPTIONS_WRONG;
}
