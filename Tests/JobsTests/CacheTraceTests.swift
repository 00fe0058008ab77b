import Jobs
import Testing

@Suite("Traces of the cache")
struct CacheTraceTests {
  @Test func readsLinesWithAndWithoutWhatIsKnown() throws {
    let entries = try CacheTrace.parse(
      "key,bytes,seconds,algorithm\n# recorded yesterday\na,10,0.5,blast\n\nb,20,1e-3\na,10,,blast\r\n"
    )
    #expect(
      entries == [
        CacheTraceEntry(key: "a", bytes: 10, seconds: 0.5, algorithm: "blast"),
        CacheTraceEntry(key: "b", bytes: 20, seconds: 0.001),
        CacheTraceEntry(key: "a", bytes: 10, seconds: 0.5, algorithm: "blast"),
      ])
    #expect(try CacheTrace.parse("").isEmpty)
  }

  @Test(arguments: [
    ("a,10", 1), ("a,10,1,b,c", 1), (",10,1", 1), ("a,0,1", 1), ("a,-1,1", 1), ("a,x,1", 1),
    ("a,1,1\na,1,nan", 2), ("a,1,-1", 1), ("a,1,inf", 1), ("a,1,", 1),
    ("a,1,1\n\nkey,bytes,seconds", 3),
  ])
  func namesTheLineThatCannotBeRead(text: String, line: Int) {
    let failure = #expect(throws: CacheTrace.Failure.self) { try CacheTrace.parse(text) }
    #expect(failure?.line == line)
  }
}
