import Settings
import Testing

@Suite struct AmountTests {
  @Test(arguments: [
    ("10s", Duration.seconds(10)), ("250ms", .milliseconds(250)), ("0", .zero), ("0s", .zero),
    ("5m", .seconds(300)), ("24h", .seconds(86_400)), ("7d", .seconds(604_800)),
    ("1.5s", .milliseconds(1_500)), ("20us", .microseconds(20)),
  ])
  func readsDurations(text: String, expected: Duration) {
    #expect(Amount.duration(text) == expected)
  }

  @Test(arguments: [
    "", "10", "s", "-1s", "1 s", "1s2", "1e3s", "1.s", "+5s", "10S", "١s", "999999999999d", "NaNs",
  ])
  func refusesWhatIsNoDuration(text: String) {
    #expect(Amount.duration(text) == nil)
  }

  @Test(arguments: [
    ("1024", 1_024), ("8KB", 8_192), ("8KiB", 8_192), ("256MB", 268_435_456), ("1gb", 1 << 30),
    ("2TB", 2 << 40), ("0", 0), ("0.5MB", 524_288), ("7B", 7),
  ])
  func readsSizes(text: String, expected: Int) {
    #expect(Amount.size(text) == expected)
  }

  @Test(arguments: [
    "", "MB", "-1MB", "1 MB", "1XB", "1MBB", "1PB", "9223372036854775808", "8388608TB",
  ])
  func refusesWhatIsNoSize(text: String) {
    #expect(Amount.size(text) == nil)
  }

  @Test(arguments: [
    Duration.zero, .seconds(10), .milliseconds(250), .seconds(86_400), .seconds(604_800),
    .microseconds(1), .milliseconds(90_061), .seconds(3_600), .seconds(172_800),
  ])
  func writtenDurationsReadBackTheSame(duration: Duration) {
    #expect(Amount.duration(Amount.text(duration)) == duration)
  }

  @Test(arguments: [0, 1, 1_023, 1_024, 1_025, 268_435_456, 1 << 30, (1 << 40) + 1, Int.max])
  func writtenSizesReadBackTheSame(bytes: Int) {
    #expect(Amount.size(Amount.text(bytes: bytes)) == bytes)
  }
}
