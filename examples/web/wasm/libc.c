/* The few functions of the C library that would be a tenth of the module: what they do here is what
 * this library asks of them, and no more. */
#include "libc.h"

#include <stdint.h>

/* --- sorting --------------------------------------------------------------------------------- */

/* By a heap, so that no order of the elements is slow. */
typedef int (*compare_function)(const void *, const void *);

typedef struct heap {
  unsigned char *base;
  size_t size;
  compare_function compare;
} heap;

static void swap(const heap *h, size_t i, size_t j) {
  unsigned char *const a = h->base + i * h->size, *const b = h->base + j * h->size;

  for (size_t k = 0; k < h->size; k++) {
    const unsigned char byte = a[k];
    a[k] = b[k];
    b[k] = byte;
  }
}

/* Element `root` moves down until none below it is larger. */
static void sift_down(const heap *h, size_t root, size_t count) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count &&
        h->compare(h->base + child * h->size, h->base + (child + 1) * h->size) < 0)
      child++;
    if (h->compare(h->base + root * h->size, h->base + child * h->size) >= 0)
      return;
    swap(h, root, child);
  }
}

void web_qsort(void *base, size_t count, size_t size, compare_function compare) {
  const heap h = {base, size, compare};

  for (size_t i = count / 2; i-- > 0;)
    sift_down(&h, i, count);
  for (size_t end = count; end-- > 1;) {
    swap(&h, 0, end);
    sift_down(&h, 0, end);
  }
}

/* --- strings: a few bytes at a time ---------------------------------------------------------- */

/* How many characters at the start of the text are of `characters`, or none of them where not
 * `wanted`. */
static size_t span(const char *text, const char *characters, int wanted) {
  size_t length = 0;

  for (; text[length]; length++)
    if (wanted ? !web_strchr(characters, text[length]) : !!web_strchr(characters, text[length]))
      break;
  return length;
}

char *web_strchr(const char *text, int character) {
  while (*text != (char)character)
    if (!*text++)
      return NULL;
  union {
    const char *given;
    char *returned;
  } at = {text};
  return at.returned;
}

size_t web_strspn(const char *text, const char *characters) {
  return span(text, characters, 1);
}

size_t web_strcspn(const char *text, const char *characters) {
  return span(text, characters, 0);
}

int web_strncmp(const char *a, const char *b, size_t most) {
  for (; most > 0; a++, b++, most--)
    if (*a != *b || !*a)
      return (unsigned char)*a - (unsigned char)*b;
  return 0;
}

/* --- sine and cosine ------------------------------------------------------------------------- */

/* Angles here are a few turns at most. The polynomials are Taylor's: below pi / 4 the first term
 * left out is less than 1e-17. */

static const double half_pi_high = 1.57079632673412561417e+00; /* its lower 21 bits are 0 */
static const double half_pi_low = 6.07710050650619224932e-11;

static double polynomial(const double *terms, size_t count, double x) {
  double sum = 0;

  for (size_t i = count; i-- > 0;)
    sum = sum * x + terms[i];
  return sum;
}

static double sine_of(double x) {
  static const double terms[] = {1,
                                 -1 / 6.0,
                                 1 / 120.0,
                                 -1 / 5040.0,
                                 1 / 362880.0,
                                 -1 / 39916800.0,
                                 1 / 6227020800.0,
                                 -1 / 1307674368000.0};

  return x * polynomial(terms, sizeof terms / sizeof terms[0], x * x);
}

static double cosine_of(double x) {
  static const double terms[] = {1,
                                 -1 / 2.0,
                                 1 / 24.0,
                                 -1 / 720.0,
                                 1 / 40320.0,
                                 -1 / 3628800.0,
                                 1 / 479001600.0,
                                 -1 / 87178291200.0,
                                 1 / 20922789888000.0};

  return polynomial(terms, sizeof terms / sizeof terms[0], x * x);
}

/* The sine of x + quarters pi / 2. */
static double turned(double x, unsigned quarters) {
  const double turns = nearbyint(x / (half_pi_high + half_pi_low));
  const double rest = (x - turns * half_pi_high) - turns * half_pi_low;
  const unsigned q = ((unsigned)(int64_t)turns + quarters) & 3u;
  const double value = q & 1u ? cosine_of(rest) : sine_of(rest);

  return q & 2u ? -value : value;
}

double web_sin(double x) {
  return turned(x, 0);
}

double web_cos(double x) {
  return turned(x, 1);
}

float web_sinf(float x) {
  return (float)turned((double)x, 0);
}

float web_cosf(float x) {
  return (float)turned((double)x, 1);
}

/* --- printing -------------------------------------------------------------------------------- */

/* The conversions s, d, u, x and X, with the lengths l, ll and z, a width with or without leading
 * zeros, a precision of strings; f and g for people, up to 1e12
 * and with at most six decimals. */

typedef struct output {
  char *text;
  size_t capacity, length;
} output;

typedef struct conversion {
  int zeros;
  int width, precision; /* precision -1: none */
  int longs;            /* 1: as wide as a pointer, 2: 64 bits */
} conversion;

static void put(output *o, char c) {
  if (o->length + 1 < o->capacity)
    o->text[o->length] = c;
  o->length++;
}

static void put_padded(output *o, const conversion *c, const char *text, size_t length) {
  for (size_t i = length; (int)i < c->width; i++)
    put(o, c->zeros ? '0' : ' ');
  for (size_t i = 0; i < length; i++)
    put(o, text[i]);
}

/* Into the end of text[32]. */
static char *digits_of(uint64_t value, unsigned base, int upper, char text[32]) {
  char *at = text + 31;

  *at = '\0';
  do {
    *--at = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    value /= base;
  } while (value > 0);
  return at;
}

static void put_integer(output *o, const conversion *c, char kind, uint64_t value) {
  char text[32];
  const int is_negative = kind == 'd' && (int64_t)value < 0;
  const unsigned base = kind == 'x' || kind == 'X' ? 16 : 10;
  char *at = digits_of(is_negative ? 0 - value : value, base, kind == 'X', text);

  if (is_negative)
    *--at = '-';
  put_padded(o, c, at, strlen(at));
}

/* As many decimals as asked for; of g, six digits without zeros at the end. */
static void put_number(output *o, const conversion *c, char kind, double value) {
  char text[32];
  conversion plain = {0, 0, -1, 2};
  int decimals = c->precision >= 0 && c->precision < 6 ? c->precision : 6;

  if (value < 0) {
    put(o, '-');
    value = -value;
  }
  if (!(value < 1e12)) { /* times 1e6, which 64 bits hold */
    put_padded(o, &plain, value >= 1e12 ? "very large" : "nan", value >= 1e12 ? 10 : 3);
    return;
  }
  for (double limit = 1; kind == 'g' && decimals > 0 && value >= limit; limit *= 10)
    decimals--;
  double scale = 1;
  for (int i = 0; i < decimals; i++)
    scale *= 10;
  uint64_t scaled = (uint64_t)(value * scale + 0.5);
  for (; kind == 'g' && decimals > 0 && scaled % 10 == 0; decimals--, scale /= 10)
    scaled /= 10;
  put_integer(o, &plain, 'u', scaled / (uint64_t)scale);
  if (decimals > 0) {
    put(o, '.');
    plain.zeros = 1;
    plain.width = decimals;
    const char *const rest = digits_of(scaled % (uint64_t)scale, 10, 0, text);
    put_padded(o, &plain, rest, strlen(rest));
  }
}

static size_t length_within(const char *text, int precision) {
  size_t length = 0;

  while ((precision < 0 || (int)length < precision) && text[length])
    length++;
  return length;
}

static int number_at(const char **format, va_list *arguments) {
  int number = 0;

  if (**format == '*') {
    (*format)++;
    return va_arg(*arguments, int);
  }
  for (; **format >= '0' && **format <= '9'; (*format)++)
    number = number * 10 + (**format - '0');
  return number;
}

static uint64_t integer_argument(char kind, int longs, va_list *arguments) {
  if (longs == 2)
    return va_arg(*arguments, uint64_t);
  if (kind == 'd')
    return (uint64_t)(int64_t)va_arg(*arguments, int);
  return va_arg(*arguments, unsigned);
}

static void convert(output *o, const char **format, va_list *arguments) {
  conversion c = {0, 0, -1, 0};

  for (; **format == '0'; (*format)++)
    c.zeros = 1;
  c.width = number_at(format, arguments);
  if (**format == '.') {
    (*format)++;
    c.precision = number_at(format, arguments);
  }
  for (; **format == 'l' || **format == 'z'; (*format)++)
    c.longs++;
  const char kind = *(*format)++;
  if (kind == 's') {
    const char *const text = va_arg(*arguments, const char *);
    put_padded(o, &c, text, length_within(text, c.precision));
  } else if (kind == 'f' || kind == 'g') {
    put_number(o, &c, kind, va_arg(*arguments, double));
  } else if (kind == '%') {
    put(o, '%');
  } else {
    put_integer(o, &c, kind, integer_argument(kind, c.longs, arguments));
  }
}

int web_vsnprintf(char *restrict text, size_t capacity, const char *restrict format,
                  va_list arguments) {
  output o = {text, capacity, 0};
  const char *at = format;
  va_list copy;

  _Static_assert(sizeof(long) == sizeof(int) && sizeof(size_t) == sizeof(int), "of wasm32");
  va_copy(copy, arguments);
  while (*at) {
    const char c = *at++;
    if (c == '%')
      convert(&o, &at, &copy);
    else
      put(&o, c);
  }
  va_end(copy);
  if (capacity > 0)
    text[o.length < capacity ? o.length : capacity - 1] = '\0';
  return (int)o.length;
}

int web_snprintf(char *restrict text, size_t capacity, const char *restrict format, ...) {
  va_list arguments;

  va_start(arguments, format);
  const int length = web_vsnprintf(text, capacity, format, arguments);
  va_end(arguments);
  return length;
}
