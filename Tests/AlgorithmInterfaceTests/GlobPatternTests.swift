import AlgorithmInterface
import Testing

struct GlobPatternTests {
  @Test(arguments: [
    ("*", "", true), ("*", "a.b/c", true), ("a?c", "abc", true), ("a?c", "ac", false),
    ("embeddings.*", "embeddings.word.rows", true), ("embeddings.*", "my.embeddings.x", false),
    ("*.bias", "a/b.bias", true), ("*.bias", "a.bias.x", false), ("a*b*c", "a-b-b-c", true),
    ("a*b*c", "a-c-b", false), ("", "", true), ("", "a", false), ("?", "ü", true),
    ("A", "a", false), ("**a**", "bab", true),
  ])
  func matchesWholeNames(pattern: String, name: String, matches: Bool) {
    #expect(GlobPattern(pattern).matches(name) == matches)
  }

  @Test func manyStarsStayCheap() {
    let pattern = String(repeating: "*a", count: 500) + "b"
    #expect(!GlobPattern(pattern).matches(String(repeating: "a", count: 4000)))
  }
}
