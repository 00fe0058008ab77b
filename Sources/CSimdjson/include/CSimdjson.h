#pragma once
// A C face for two parts of C++: simdjson (reading) and std::to_chars (writing).
// No C++ exception leaves these functions and no pointer they return outlives its document.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that simdjson may read behind the end of a text. A caller that can vouch for so many
/// readable bytes (of any content) spares a copy.
#define MQ_JSON_PADDING 64

/// A parsed document: simdjson's tape and its string buffer.
typedef struct mq_json mq_json;

typedef enum mq_json_status {
  MQ_JSON_OK = 0,
  /// No memory for the tape.
  MQ_JSON_NO_MEMORY = 1,
  /// Longer than simdjson can index (4 GiB).
  MQ_JSON_TOO_LARGE = 2,
  /// Not JSON, too deep, or a number simdjson does not hold; it does not say where.
  MQ_JSON_REFUSED = 3,
} mq_json_status;

/// Parses `length` bytes. `readable_past_end` bytes behind them may be read; with fewer than
/// MQ_JSON_PADDING the text is copied first. The document keeps nothing of `bytes`.
mq_json_status mq_json_parse(const uint8_t *bytes, size_t length, size_t readable_past_end,
                             size_t maximum_depth, mq_json **document);
/// The tape: word 0 is the root word, the first value starts at word 1. Layout:
/// https://github.com/simdjson/simdjson/blob/v3.0.1/doc/tape.md
const uint64_t *mq_json_tape(const mq_json *document);
/// The string buffer that string words point into: a 32-bit length, then the bytes.
const uint8_t *mq_json_strings(const mq_json *document);
void mq_json_free(mq_json *document);

/// Whether a text holds what simdjson would lose or let through: the integer `-0` (its tape has
/// no negative zero among integers) or an escaped surrogate. May say so wrongly (inside a string),
/// never misses one.
int mq_json_is_unusual(const uint8_t *bytes, size_t length);

/// How a number is laid out; the digits are the shortest that read back to the same value.
typedef enum mq_number_style {
  /// A number without fraction or exponent gets ".0", so that it reads back as a number and
  /// negative zero keeps its sign.
  MQ_NUMBER_TYPED = 0,
  /// As ECMAScript's Number::toString lays it out (RFC 8785, section 3.2.2.3).
  MQ_NUMBER_CANONICAL = 1,
} mq_number_style;

/// The most bytes one number can take, with a comma behind it and some slack.
#define MQ_NUMBER_WIDTH 32

/// Writes `count` numbers with a comma between two of them; non-finite ones as `null`.
/// `out` holds at least (count + 1) * MQ_NUMBER_WIDTH bytes, all of which may be written to. Returns the number of bytes written.
size_t mq_write_doubles(const double *values, size_t count, mq_number_style style, char *out);
size_t mq_write_floats(const float *values, size_t count, mq_number_style style, char *out);
size_t mq_write_integers(const int64_t *values, size_t count, mq_number_style style, char *out);

#ifdef __cplusplus
}
#endif
