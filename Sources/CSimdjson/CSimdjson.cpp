#include "CSimdjson.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>

#include <simdjson.h>

static_assert(MQ_JSON_PADDING >= simdjson::SIMDJSON_PADDING, "the promise must cover simdjson's");

struct mq_json {
  simdjson::dom::document document;
};

mq_json_status mq_json_parse(const uint8_t *bytes, size_t length, size_t readable_past_end,
                             size_t maximum_depth, mq_json **out) {
  *out = nullptr;
  std::unique_ptr<mq_json> result(new (std::nothrow) mq_json);
  if (!result) return MQ_JSON_NO_MEMORY;
  simdjson::dom::parser parser;
  simdjson::error_code error =
      parser.allocate(length < 256 ? 256 : length, maximum_depth);
  if (!error) {
    error = parser
                .parse_into_document(result->document, bytes, length,
                                     readable_past_end < MQ_JSON_PADDING)
                .error();
  }
  switch (error) {
  case simdjson::SUCCESS:
    *out = result.release();
    return MQ_JSON_OK;
  case simdjson::MEMALLOC:
    return MQ_JSON_NO_MEMORY;
  case simdjson::CAPACITY:
    return MQ_JSON_TOO_LARGE;
  default:
    return MQ_JSON_REFUSED;
  }
}

const uint64_t *mq_json_tape(const mq_json *document) { return document->document.tape.get(); }

const uint8_t *mq_json_strings(const mq_json *document) {
  return document->document.string_buf.get();
}

void mq_json_free(mq_json *document) { delete document; }

int mq_json_is_unusual(const uint8_t *bytes, size_t length) {
  // A branchless body over blocks, so that the compiler turns it into vector instructions.
  constexpr size_t block = 4096;
  if (length < 2) return 0;
  const size_t triples = length - 2;
  for (size_t start = 0; start < triples; start += block) {
    const size_t end = start + block < triples ? start + block : triples;
    uint8_t found = 0;
    for (size_t i = start; i < end; i++) {
      const uint8_t a = bytes[i], b = bytes[i + 1], c = bytes[i + 2];
      const uint8_t ends = (c == ',') | (uint8_t(c | 0x20) == '}') | (c <= ' ');
      const uint8_t zero = (a == '-') & (b == '0') & ends;
      const uint8_t surrogate = (a == '\\') & (b == 'u') & (uint8_t(c | 0x20) == 'd');
      found |= zero | surrogate;
    }
    if (found) return 1;
  }
  return bytes[length - 2] == '-' && bytes[length - 1] == '0';
}

namespace {

char *copy(char *out, const char *from, int count) {
  std::memcpy(out, from, size_t(count));
  return out + count;
}

char *zeros(char *out, int count) {
  std::memset(out, '0', size_t(count));
  return out + count;
}

template <size_t length> char *literal(char *out, const char (&text)[length]) {
  std::memcpy(out, text, length - 1);
  return out + length - 1;
}

/// Lays out `digits` (count of them, the first not zero) times ten to the power `exponent` of the
/// first digit, by the thresholds of ECMA-262, Number::toString.
char *lay_out(char *out, const char *digits, int count, int exponent, bool typed) {
  const int point = exponent + 1;  // digits before the decimal point
  if (count <= point && point <= 21) {
    out = zeros(copy(out, digits, count), point - count);
    return typed ? literal(out, ".0") : out;
  }
  if (0 < point && point <= 21) {
    out = copy(out, digits, point);
    *out++ = '.';
    return copy(out, digits + point, count - point);
  }
  if (-6 < point && point <= 0) {
    out = zeros(literal(out, "0."), -point);
    return copy(out, digits, count);
  }
  *out++ = digits[0];
  if (count > 1) {
    *out++ = '.';
    out = copy(out, digits + 1, count - 1);
  }
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  return std::to_chars(out, out + 8, exponent < 0 ? -exponent : exponent).ptr;
}

/// The digits of `value` > 0 when it has at most six decimals and fifteen digits, without the
/// general algorithm (2.4 times as fast); their count, or 0. Of all decimals of so few digits at
/// most one reads back to a given double (DBL_DIG), so one that does is the shortest.
int few_decimals(double value, char *digits, int *exponent) {
  if (value >= 1e9) return 0;
  const int64_t scaled = int64_t(value * 1e6 + 0.5);
  // Division by a power of ten that a double holds rounds as reading the decimal does.
  if (scaled == 0 || double(scaled) / 1e6 != value) return 0;
  const char *end = std::to_chars(digits, digits + 20, scaled).ptr;
  *exponent = int(end - digits) - 7;
  while (end[-1] == '0') end--;
  return int(end - digits);
}

template <typename Number> char *write_number(char *out, Number value, bool typed) {
  if (!std::isfinite(value)) return literal(out, "null");
  if (value == 0) {
    if (!typed) return literal(out, "0");
    return std::signbit(value) ? literal(out, "-0.0") : literal(out, "0.0");
  }
  if (value < 0) {
    *out++ = '-';
    value = -value;
  }
  char text[40];  // d.ddde-nnn: at most 24 characters
  int exponent = 0;
  if constexpr (sizeof(Number) == sizeof(double)) {
    const int count = few_decimals(value, text, &exponent);
    if (count > 0) return lay_out(out, text, count, exponent, typed);
  }
  constexpr Number exact = sizeof(Number) == sizeof(double) ? Number(0x1p53) : Number(0x1p24);
  if (value >= Number(1e-6) && value < exact) {
    // Here fixed notation is the layout of ECMA-262; further up it has digits beyond the shortest.
    char *end = std::to_chars(out, out + 32, value, std::chars_format::fixed).ptr;
    return typed && value == std::trunc(value) ? literal(end, ".0") : end;
  }
  const char *end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const char *mark = text;
  while (*mark != 'e') mark++;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  int count = int(mark - text);
  if (count > 1) {  // d.ddd: close the gap of the point
    text[1] = text[0];
    return lay_out(out, text + 1, count - 1, exponent, typed);
  }
  return lay_out(out, text, 1, exponent, typed);
}

char *write_number(char *out, int64_t value, bool) { return std::to_chars(out, out + 24, value).ptr; }

template <typename Number>
size_t write_numbers(const Number *values, size_t count, mq_number_style style, char *out) {
  char *const start = out;
  for (size_t i = 0; i < count; i++) {
    if (i > 0) *out++ = ',';
    out = write_number(out, values[i], style == MQ_NUMBER_TYPED);
  }
  return size_t(out - start);
}

}  // namespace

size_t mq_write_doubles(const double *values, size_t count, mq_number_style style, char *out) {
  return write_numbers(values, count, style, out);
}

size_t mq_write_floats(const float *values, size_t count, mq_number_style style, char *out) {
  return write_numbers(values, count, style, out);
}

size_t mq_write_integers(const int64_t *values, size_t count, mq_number_style style, char *out) {
  return write_numbers(values, count, style, out);
}
