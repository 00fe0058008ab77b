import Observability
import Testing

@Suite struct TimestampTests {
  // Reference: Python's datetime.fromtimestamp(ms / 1000, UTC).
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (951_868_799_999, "2000-02-29T23:59:59.999Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
    (1_709_164_800_123, "2024-02-29T00:00:00.123Z"),
    (4_107_542_399_001, "2100-02-28T23:59:59.001Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"), (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
  ])
  func writesTheCalendar(milliseconds: Int, text: String) {
    #expect(Timestamp(milliseconds: Int64(milliseconds)).text == text)
  }
}
