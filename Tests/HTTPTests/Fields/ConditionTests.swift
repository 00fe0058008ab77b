import HTTP
import Testing

@Suite struct ConditionTests {
  @Test(arguments: [
    ("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false),
    ("a", false), ("\"a\"x", false), ("\"b,\", \"a\"", true), ("", false), ("\"a-gzip\"", true),
    ("\"a-br\"", false),
  ])
  func matchesIfNoneMatchWeakly(_ field: String, _ expected: Bool) throws {
    let condition = try #require(EntityTagCondition(field))
    #expect(condition.matches(EntityTag("a")) == expected)
  }

  @Test func matchesIfMatchStrongly() throws {
    #expect(try #require(EntityTagCondition("\"a\"")).stronglyMatches(EntityTag("a")))
    #expect(try !#require(EntityTagCondition("W/\"a\"")).stronglyMatches(EntityTag("a")))
    #expect(
      try !#require(EntityTagCondition("\"a\"")).stronglyMatches(EntityTag("a", isWeak: true)))
    #expect(try #require(EntityTagCondition("*")).stronglyMatches(EntityTag("a", isWeak: true)))
    #expect(EntityTagCondition(nil) == nil)
  }

  @Test func namesCodedRepresentationsDifferently() {
    #expect(EntityTag("a").coded(.gzip).description == "\"a-gzip\"")
    #expect(EntityTag("a").coded(.identity) == EntityTag("a"))
    #expect(EntityTag(parsing: "W/\"x\"") == EntityTag("x", isWeak: true))
    #expect(EntityTag(parsing: "\"x\"y\"") == nil)
  }

  @Test(arguments: [
    (nil, ByteRange.whole), ("bytes=0-0", .part(0..<1)), ("bytes=0-99", .part(0..<10)),
    ("bytes=9-", .part(9..<10)), ("bytes=10-", .unsatisfiable), ("bytes=-3", .part(7..<10)),
    ("bytes=-30", .part(0..<10)), ("bytes=-0", .unsatisfiable), ("bytes=5-4", .whole),
    ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole), ("bytes=", .whole), ("bytes=-", .whole),
    ("bytes=a-b", .whole), ("Bytes = 1-2", .whole), ("bytes= 1-2 ", .part(1..<3)),
    ("bytes=99999999999999999999-", .whole),
  ])
  func readsRanges(_ field: String?, _ expected: ByteRange) {
    #expect(ByteRange(range: field, size: 10) == expected)
  }

  @Test func honoursIfRangeForTheSameStrongTagOnly() {
    let tag = EntityTag("a")
    #expect(ByteRange(range: "bytes=0-1", ifRange: "\"a\"", size: 9, tag: tag) == .part(0..<2))
    #expect(ByteRange(range: "bytes=0-1", ifRange: "\"b\"", size: 9, tag: tag) == .whole)
    #expect(ByteRange(range: "bytes=0-1", ifRange: "W/\"a\"", size: 9, tag: tag) == .whole)
    let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    #expect(ByteRange(range: "bytes=0-1", ifRange: date, size: 9, tag: tag) == .whole)
    #expect(ByteRange.part(0..<2).contentRange(size: 9) == "bytes 0-1/9")
    #expect(ByteRange.unsatisfiable.contentRange(size: 9) == "bytes */9")
  }

  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
  ])
  func writesDates(_ seconds: Int, _ expected: String) {
    #expect(HTTPDate.format(seconds) == expected)
  }
}
