import AlgorithmInterface
import JSON
import Testing

@Suite struct ParameterSchemaTests {
  /// `params` and how the one issue with them begins.
  typealias Refusal = (JSONObject, String)
  /// Name, text and what is read.
  typealias Query = (String, String, JSONValue)

  static let tree = ParameterSchema.recursive(
    name: "module",
    .anyOf([
      .object([
        Parameter("linear", .string(maximumLength: 20), required: true, "an atom"),
        Parameter("mass", .number(.nonNegative), default: .integer(1), "its mass"),
      ]),
      .object([
        Parameter(
          "compose", .array(of: .reference("module"), count: 1...10), required: true, "in order")
      ]),
    ]))

  static let schema = ParameterSchema.object([
    Parameter(
      "method", .choice(["auto", "exact", "gram-halley"]), default: "auto", "how"),
    Parameter("rank", .integer(1...4096), "how many"),
    Parameter("tolerance", .number(.positive), "how exact"),
    Parameter(
      "blocks",
      .anyOf([.integer(1...64), .choice(["auto"]), .array(of: .integer(1...64), count: 2...2)]),
      default: "auto", "the grid"),
    Parameter("trace", .boolean, default: false, "each sweep"),
    Parameter("label", .string(maximumLength: 5), "a word"),
    Parameter("network", tree, "the tree"),
    Parameter("weights", .dictionary(of: .number(.positive), count: 0...2), "by page"),
  ])

  private func issues(_ parameters: JSONObject) -> [String] {
    do throws(RequestRejection) {
      _ = try Self.schema.validated(parameters: parameters)
      return []
    } catch {
      return error.issues.map { "\($0.pointer): \($0.detail)" }
    }
  }

  @Test func fillsInDefaultsAndKeepsWhatIsGiven() throws {
    let canonical = try Self.schema.validated(parameters: ["rank": .number(4.0)])
    #expect(canonical.members == ["method": "auto", "rank": 4, "blocks": "auto", "trace": false])
    #expect(canonical.integer("rank") == 4)
    #expect(canonical.number("rank") == 4)
    #expect(canonical.string("method") == "auto")
    #expect(canonical.boolean("trace") == false)
    #expect(canonical.number("tolerance") == nil)
  }

  @Test func sameMeaningGivesTheSameCanonicalValue() throws {
    let spelled = try Self.schema.validated(
      parameters: ["blocks": "auto", "rank": .number(7), "method": "auto"])
    let short = try Self.schema.validated(parameters: ["rank": 7])
    #expect(
      JSONValue.object(spelled.members).canonical() == JSONValue.object(short.members).canonical())
  }

  static let refusals: [Refusal] = [
    (["rank": 0], "/params/rank: expected a whole number from 1 to 4096, got 0"),
    (["rank": 4.5], "/params/rank: expected a whole number from 1 to 4096, got 4.5"),
    (["rank": "4"], "/params/rank: expected a whole number from 1 to 4096, got \"4\""),
    (["tolerance": 0], "/params/tolerance: expected a number greater than 0.0, got 0"),
    (["trace": 1], "/params/trace: expected true or false, got 1"),
    (["label": "toolong"], "/params/label: expected a string of at most 5 characters"),
    (
      ["method": "exakt"],
      "/params/method: expected one of \"auto\", \"exact\", \"gram-halley\", got \"exakt\"; "
        + "did you mean \"exact\"?"
    ),
    (["metod": "exact"], "/params/metod: unknown member \"metod\"; did you mean \"method\"?"),
    (["zzz": 1], "/params/zzz: unknown member \"zzz\""),
    (["blocks": [1, 2, 3]], "/params/blocks"),
    (["blocks": [1, 99]], "/params/blocks/1: expected a whole number from 1 to 64, got 99"),
    (["weights": ["a": 1, "b": -1]], "/params/weights/b: expected a number greater than 0.0"),
    (["weights": ["a": 1, "b": 1, "c": 1]], "/params/weights: expected an object"),
    (["network": ["compose": []]], "/params/network/compose: expected a list of 1 to 10"),
    (
      ["network": ["compose": [["compose": [["linear": 3]]]]]],
      "/params/network/compose/0/compose/0/linear: expected a string"
    ),
    (
      ["network": ["compose": [["linear": "a", "mass": -1]]]],
      "/params/network/compose/0/mass: expected a number of at least 0.0, got -1"
    ),
  ]

  @Test(arguments: refusals)
  func refusesWithThePlaceAndTheReason(_ refusal: Refusal) {
    let found = issues(refusal.0)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix(refusal.1) == true, "\(found)")
  }

  @Test func reportsEveryIssueAtOnce() {
    #expect(issues(["rank": 0, "trace": 3, "nope": 1]).count == 3)
  }

  @Test func fillsDefaultsInsideTrees() throws {
    let canonical = try Self.schema.validated(
      parameters: ["network": ["compose": [["linear": "a"], ["compose": [["linear": "b"]]]]]])
    let expected: JSONValue = [
      "compose": [
        ["linear": "a", "mass": 1], ["compose": [["linear": "b", "mass": 1]]],
      ]
    ]
    #expect(canonical["network"] == expected)
  }

  static let queries: [Query] = [
    ("rank", "4", 4), ("method", "exact", "exact"), ("blocks", "auto", "auto"),
    ("blocks", "[4,8]", [4, 8]), ("label", "123", "123"), ("label", "true", "true"),
    ("trace", "true", true), ("rank", "many", "many"), ("method", "\"exact\"", "exact"),
    ("network", "{\"linear\":\"a\"}", ["linear": "a"]), ("unknown", "1", "1"),
  ]

  @Test(arguments: queries)
  func readsQueryTextByTheForm(_ query: Query) {
    #expect(Self.schema.value(ofQueryMember: query.0, text: query.1) == query.2)
  }

  @Test func publishesJSONSchema() {
    let schema = Self.schema.jsonSchema
    #expect(schema["additionalProperties"] == false)
    let rank: JSONValue = [
      "type": "integer", "minimum": 1, "maximum": 4096, "description": "how many",
    ]
    #expect(schema["properties"]?["rank"] == rank)
    #expect(schema["properties"]?["method"]?["default"] == "auto")
    #expect(schema["properties"]?["tolerance"]?["exclusiveMinimum"] == .number(0))
    #expect(schema["properties"]?["network"]?["$anchor"] == "module")
  }
}
