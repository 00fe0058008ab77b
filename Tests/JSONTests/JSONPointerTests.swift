import JSON
import Testing

/// RFC 6901, with the document and the evaluations of its section 5.
@Suite struct JSONPointerTests {
  @Test(arguments: [
    (
      "",
      #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#
    ),
    ("/foo", #"["bar","baz"]"#), ("/foo/0", "\"bar\""), ("/", "0"), ("/a~1b", "1"),
    ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"),
    ("/m~0n", "8"),
  ])
  func evaluatesTheExamplesOfTheRFC(_ text: String, _ expected: String) throws {
    let document = try JSONValue.parse(
      #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#
    )
    let pointer = try #require(JSONPointer(parsing: text))
    #expect(document[pointer] == (try JSONValue.parse(expected)))
    #expect(pointer.description == text)
  }

  @Test(arguments: ["a", "a/b", "/~", "/~2", "/a~", "/~/x", " /a"])
  func refusesWhatIsNoPointer(_ text: String) {
    #expect(JSONPointer(parsing: text) == nil)
  }

  @Test func appendsAndEscapesTokens() {
    let pointer = JSONPointer.root.appending("inputs").appending("a/b~c").appending(3)
    #expect(pointer.description == "/inputs/a~1b~0c/3")
    #expect(JSONPointer(parsing: pointer.description) == pointer)
    #expect(JSONPointer(["~1"]).description == "/~01")
    #expect(JSONPointer.root.appending(pointer).appending("").description == "/inputs/a~1b~0c/3/")
  }

  @Test(arguments: [
    "/x", "/a/2", "/a/-1", "/a/01", "/a/+1", "/a/-", "/a/0/0", "/a/99999999999999999999",
  ])
  func findsNothingWhereNothingIs(_ text: String) throws {
    let pointer = try #require(JSONPointer(parsing: text))
    #expect((["a": [1, 2]] as JSONValue)[pointer] == nil)
  }
}
