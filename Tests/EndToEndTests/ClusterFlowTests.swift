import HTTPClient
import JSON
import TestSupport
import Testing

/// Transfer clustering asked over HTTP of the real program: the oracle's data sets, and every failure
/// case with its status and pointer.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct ClusterFlowTests {
  private static func ask(
    _ service: RunningService, _ body: String, _ verb: String = "execution"
  ) throws -> (status: Int, document: JSONValue) {
    let reply = try service.send(
      "POST", "/v1/algorithms/cluster/\(verb)", fields: [("Content-Type", "application/json")],
      body: .bytes(Array(body.utf8)))
    return (reply.status, try JSONValue.parse(reply.body))
  }

  @Test(
    .enabled(if: SharedFiles.has("reference/cluster/datasets.json"), "\(SharedFiles.absent)"))
  func dataSetsKeepToTheirBounds() throws {
    let bytes = try #require(SharedFiles.bytes("reference/cluster/datasets.json"))
    let file = try JSONValue.parse(bytes)
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let sets = try #require(file["sets"]?.arrayValue)
    try #require(!sets.isEmpty)
    for (index, set) in sets.enumerated() {
      func errors(_ selection: String) throws -> JSONValue {
        let (status, document) = try Self.ask(
          service, Self.question(set, selection, file).serializedText())
        try #require(status == 200, "set \(index), \(selection): \(document.serializedText())")
        return try #require(document["report"])
      }
      func share(_ report: JSONValue, _ name: String) -> Double {
        report[name]?["error_rate"]?.doubleValue ?? 2
      }
      func bound(_ kind: String, _ name: String) -> Double {
        set[kind]?[name]?.doubleValue ?? 1
      }
      let paper = try errors("bootstrap")
      #expect(share(paper, "evaluation") <= bound("must", "adaptive_max"), "set \(index)")
      #expect(
        share(paper, "target_only_evaluation") <= bound("must", "target_only_max"), "set \(index)")
      #expect(share(paper, "pooled_evaluation") <= bound("must", "pooled_max"), "set \(index)")
      #expect(
        share(try errors("em"), "evaluation") <= bound("stretch", "coupling_em_max"),
        "set \(index)")
      #expect(
        share(try errors("joint"), "evaluation") <= bound("stretch", "joint_em_max"),
        "set \(index)")
    }
  }

  /// A set of datasets.json as a request.
  private static func question(
    _ set: JSONValue, _ selection: String, _ file: JSONValue
  ) -> JSONValue {
    var params: JSONObject = [
      "classes": set["k"] ?? .null, "selection": .string(selection),
    ]
    if selection == "bootstrap" {
      params["lambdas"] = file["lambdas"]
      params["bootstrap"] = file["bootstrap"]
      params["quantile"] = 0.9
    }
    var inputs = JSONObject()
    for name in ["target", "source"] {
      let (family, tensor) = data(set[name] ?? .null)
      params[name] = family
      inputs[name] = tensor
    }
    inputs["true_labels"] = .array(
      (set["true_target"]?.stringValue ?? "").utf8.map { .integer(Int64($0) - 48) })
    return ["params": .object(params), "inputs": .object(inputs)]
  }

  private static func data(_ value: JSONValue) -> (family: JSONValue, tensor: JSONValue) {
    switch value["family"]?.stringValue {
    case "lcm":
      let rows = (value["x"]?.arrayValue ?? []).map { row -> JSONValue in
        .array((row.stringValue ?? "").utf8.map { $0 == 46 ? .null : .integer(Int64($0) - 48) })
      }
      return (["family": "lcm", "categories": value["categories"] ?? .null], .array(rows))
    case "sbm":
      let above = value["neighbours_above"]?.arrayValue ?? []
      let edges = above.enumerated().flatMap { node, others in
        (others.arrayValue ?? []).map { JSONValue.array([.integer(Int64(node)), $0]) }
      }
      return (
        ["family": "sbm", "form": "edges", "nodes": .integer(Int64(above.count))], .array(edges)
      )
    default:
      return (
        ["family": "gmm", "covariance": value["covariance"] ?? "full"], value["x"] ?? .null
      )
    }
  }

  /// A request that must be refused: its params and inputs, and where the answer must point.
  struct Failure: Sendable, CustomTestStringConvertible {
    let params: String
    let inputs: String
    let pointer: String
    var code: String?
    var testDescription: String { "\(params) \(inputs)" }
    var body: String { #"{"params":{\#(params)},"inputs":{\#(inputs)}}"# }
  }

  private static let points = #""target":[[0,0],[0.1,0.2],[3,3],[3.1,2.9],[0.2,0],[2.9,3]]"#
  private static let constant =
    #""target":[[0.3,7.1],[0.1,7.1],[3.3,7.1],[3.1,7.1],[0.2,7.1],[2.9,7.1],[0.7,7.1],[2.7,7.1]]"#
  private static let collinear =
    #""target":[[0.3,0.9],[0.1,0.3],[3.3,9.9],[3.1,9.3],[0.2,0.6],[2.9,8.7],[0.7,2.1],[2.7,8.1]]"#
  private static let network =
    #""target":[[0,1,1,0],[1,0,1,0],[1,1,0,1],[0,0,1,0]]"#
  private static let sbm = #""classes":2,"target":{"family":"sbm"}"#
  private static let edges = #""classes":2,"target":{"family":"sbm","form":"edges","nodes":5}"#
  private static let lcm = #""classes":2,"target":{"family":"lcm","categories":[2,3]}"#

  static let failures: [Failure] = [
    // Numbers of classes.
    Failure(params: "", inputs: points, pointer: "/params/classes"),
    Failure(params: #""classes":1"#, inputs: points, pointer: "/params/classes"),
    Failure(params: #""classes":7"#, inputs: points, pointer: "/params/classes"),
    Failure(params: #""classes":[3,2]"#, inputs: points, pointer: "/params/classes"),
    Failure(
      params: #""classes":3"#, inputs: #""target":[[1],[1],[2],[2],[1]]"#,
      pointer: "/params/classes"),
    Failure(
      params: #""classes":3,"target":{"family":"lcm"}"#, inputs: #""target":[[0,1],[0,1],[1,1]]"#,
      pointer: "/params/classes"),
    Failure(
      params: #""classes":3,"method":"kmeans""#, inputs: #""target":[[1],[1],[2],[2]]"#,
      pointer: "/params/classes"),
    Failure(
      params: #""classes":2,"source":{"classes":3}"#, inputs: points,
      pointer: "/params/source/classes"),
    // Shapes.
    Failure(params: #""classes":2"#, inputs: "", pointer: "/inputs/target"),
    Failure(
      params: #""classes":2"#, inputs: points + #","source":[[1],[2],[3]]"#,
      pointer: "/inputs/source"),
    Failure(params: #""classes":2"#, inputs: #""target":[]"#, pointer: "/inputs/target"),
    Failure(params: #""classes":2"#, inputs: #""target":[[1,2],[3]]"#, pointer: "/inputs/target/1"),
    Failure(
      params: #""classes":2"#, inputs: points + #","true_labels":[0,1]"#,
      pointer: "/inputs/true_labels"),
    Failure(
      params: #""classes":2"#, inputs: points + #","true_labels":[0,1,0.5,0,1,1]"#,
      pointer: "/inputs/true_labels/2"),
    Failure(params: #""classes":2"#, inputs: points + #","sauce":[[1]]"#, pointer: "/inputs/sauce"),
    // Points.
    Failure(
      params: #""classes":2"#, inputs: #""target":[[1,2],[3,null],[5,6]]"#,
      pointer: "/inputs/target/1/1"),
    Failure(
      params: #""classes":2"#, inputs: #""target":[[1,2],[3,1e200],[5,6]]"#,
      pointer: "/inputs/target/1/1"),
    Failure(
      params: #""classes":2"#, inputs: #""target":[[1e-170],[2e-170],[3e-170]]"#,
      pointer: "/inputs/target"),
    // A constant column and no ridge; a column that another determines.
    Failure(
      params: #""classes":2,"ridge":0"#, inputs: constant, pointer: "/params/ridge",
      code: "singular_covariance"),
    Failure(
      params: #""classes":2,"ridge":0,"target":{"family":"gmm","covariance":"diag"}"#,
      inputs: constant, pointer: "/params/ridge", code: "singular_covariance"),
    Failure(
      params: #""classes":2,"ridge":0,"target":{"family":"gmm","covariance":"tied"}"#,
      inputs: constant, pointer: "/params/ridge", code: "singular_covariance"),
    Failure(
      params: #""classes":2,"ridge":0"#, inputs: collinear, pointer: "/params/ridge",
      code: "singular_covariance"),
    // Networks.
    Failure(params: sbm, inputs: #""target":[[0,1,0],[1,0,0]]"#, pointer: "/inputs/target"),
    Failure(
      params: sbm, inputs: #""target":[[0,1,0],[0,0,0],[0,0,0]]"#, pointer: "/inputs/target/0/1"),
    Failure(
      params: sbm, inputs: #""target":[[0,2,0],[2,0,0],[0,0,0]]"#, pointer: "/inputs/target/0/1"),
    Failure(
      params: sbm, inputs: #""target":[[0,0.5],[0.5,0]]"#, pointer: "/inputs/target/0/1"),
    Failure(
      params: sbm, inputs: #""target":[[0,null],[null,0]]"#, pointer: "/inputs/target/0/1"),
    Failure(
      params: sbm, inputs: #""target":[[1,1,0],[1,0,0],[0,0,0]]"#, pointer: "/inputs/target/0/0"),
    Failure(params: sbm, inputs: #""target":[[0,0,0],[0,0,0],[0,0,0]]"#, pointer: "/inputs/target"),
    Failure(params: sbm, inputs: #""target":[[0,1,1],[1,0,1],[1,1,0]]"#, pointer: "/inputs/target"),
    Failure(params: edges, inputs: #""target":[[0,1],[2,5]]"#, pointer: "/inputs/target/1/1"),
    Failure(params: edges, inputs: #""target":[[0,1],[2,-1]]"#, pointer: "/inputs/target/1/1"),
    Failure(params: edges, inputs: #""target":[[0,1],[2,1.5]]"#, pointer: "/inputs/target/1/1"),
    Failure(params: edges, inputs: #""target":[[0,1],[2,2]]"#, pointer: "/inputs/target/1"),
    Failure(params: edges, inputs: #""target":[[0,1,3],[2,3,1]]"#, pointer: "/inputs/target"),
    // Categories.
    Failure(
      params: lcm, inputs: #""target":[[0,1],[1,3],[0,0]]"#, pointer: "/inputs/target/1/1"),
    Failure(
      params: lcm, inputs: #""target":[[0,1],[1.5,1],[0,0]]"#, pointer: "/inputs/target/1/0"),
    Failure(
      params: lcm, inputs: #""target":[[0,1],[-2,1],[0,0]]"#, pointer: "/inputs/target/1/0"),
    Failure(
      params: #""classes":2,"target":{"family":"lcm","categories":[2]}"#,
      inputs: #""target":[[0,1],[1,1],[0,0]]"#, pointer: "/params/target/categories"),
    // The rule.
    Failure(params: #""classes":2,"quantile":1"#, inputs: points, pointer: "/params/quantile"),
    Failure(params: #""classes":2,"quantile":0"#, inputs: points, pointer: "/params/quantile"),
    Failure(params: #""classes":2,"lambdas":[0,2,1]"#, inputs: points, pointer: "/params/lambdas"),
    Failure(
      params: #""classes":2,"lambdas":[-1,2]"#, inputs: points, pointer: "/params/lambdas/0"),
    Failure(params: #""classes":2,"bootstrap":0"#, inputs: points, pointer: "/params/bootstrap"),
    Failure(
      params: #""classes":2,"selection":"fixed""#, inputs: points, pointer: "/params/lambda"),
    Failure(params: #""classes":2,"lamdba":1"#, inputs: points, pointer: "/params/lamdba"),
    Failure(
      params: #""classes":2,"target":{"family":"gmm","covarience":"tied"}"#, inputs: points,
      pointer: "/params/target/covarience"),
    Failure(
      params: #""classes":2,"target":{"family":"hmm"}"#, inputs: points,
      pointer: "/params/target/family"),
  ]

  @Test func everyFailureIsAnsweredWithItsPlace() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    for failure in Self.failures {
      let (status, document) = try Self.ask(service, failure.body)
      #expect(status == 422, "\(failure): \(document.serializedText())")
      let first = document["errors"]?.arrayValue?.first
      #expect(
        first?["pointer"]?.stringValue == failure.pointer,
        "\(failure): \(document.serializedText())")
      if let code = failure.code {
        #expect(first?["code"]?.stringValue == code)
        #expect(document["type"]?.stringValue == "/problems/numerical-failure")
      } else {
        #expect(document["type"]?.stringValue == "/problems/validation")
        // What is refused when run is refused by the dry run.
        #expect(try Self.ask(service, failure.body, "validate").status == 422, "\(failure)")
      }
    }
  }

  @Test func oddDataGetAnAnswerOfFiniteNumbers() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let questions = [
      // Few different points, many times each; a constant column; large and small units.
      #"{"params":{"classes":2},"inputs":{"target":[[0,7],[0,7],[0,7],[1,7],[1,7],[1,7]]}}"#,
      #"{"params":{"classes":2},"inputs":{"target":[[1e100],[1.1e100],[9e100],[9.1e100]]}}"#,
      #"{"params":{"classes":2},"inputs":{"target":[[1e-100],[1.1e-100],[9e-100],[9.1e-100]]}}"#,
      // As many classes as subjects.
      #"{"params":{"classes":3},"inputs":{"target":[[1],[5],[9]],"source":[[2],[4],[9]]}}"#,
      // Nodes without edges, two components, an edge named twice.
      #"{"params":{"classes":2,"bootstrap":20,"target":{"family":"sbm","form":"edges","nodes":9},"#
        + #""source":{"family":"sbm","form":"edges","nodes":9}},"inputs":{"target":[[0,1],[1,0],"#
        + #"[1,2],[0,2],[4,5],[5,6],[4,6]],"source":[[0,1],[1,2],[4,5],[5,6],[6,7]]}}"#,
      // A subject and an item without any answer.
      #"{"params":{"classes":2,"target":{"family":"lcm"}},"inputs":{"target":[[0,null,1],"#
        + #"[null,null,null],[1,null,0],[0,null,1],[1,null,0]]}}"#,
      // No smoothing, so that probabilities of 0 and 1 occur.
      #"{"params":{"classes":2,"smoothing":0,"bootstrap":20,"target":{"family":"lcm"},"#
        + #""source":{"family":"sbm"}},"inputs":{"target":[[0,0],[0,0],[1,1],[1,1]],"#
        + #""source":[[0,1,0,0],[1,0,0,0],[0,0,0,1],[0,0,1,0]]}}"#,
    ]
    for question in questions {
      let (status, document) = try Self.ask(service, question)
      #expect(status == 200, "\(question): \(document.serializedText())")
      for row in document["outputs"]?["posterior"]?.arrayValue ?? [] {
        let shares = (row.arrayValue ?? []).compactMap(\.doubleValue)
        // Each share is rounded once more by its division; K is at most 3.
        #expect(abs(shares.reduce(0, +) - 1) < 1e-12, "\(question)")
      }
      #expect(document["report"]?["log_likelihood"]?.doubleValue != nil, "\(question)")
    }
  }
}
