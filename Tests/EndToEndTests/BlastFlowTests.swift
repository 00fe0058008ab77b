import HTTPClient
import JSON
import TestSupport
import Testing

/// Block compression asked over HTTP of the real program: the oracle's products, odd requests and
/// real weights.
@Suite(
  .enabled(if: Program.isBuilt, "\(Program.absent)"),
  .enabled(if: SharedFiles.has("reference/blast/edges.json"), "\(SharedFiles.absent)"))
struct BlastFlowTests {
  private static func cases(_ name: String) throws -> [JSONValue] {
    let bytes = try #require(SharedFiles.bytes("reference/blast/\(name).json"))
    let cases = try #require(JSONValue.parse(bytes)["cases"]?.arrayValue)
    try #require(!cases.isEmpty)
    return cases
  }

  private static func ask(
    _ service: RunningService, _ body: String, _ verb: String = "execution"
  ) throws -> (status: Int, document: JSONValue) {
    let reply = try service.send(
      "POST", "/v1/algorithms/blast/\(verb)",
      fields: [("Content-Type", "application/json"), ("Prefer", "wait=30")],
      body: .bytes(Array(body.utf8)))
    return (reply.status, try JSONValue.parse(reply.body))
  }

  /// `{"shape", "data"}` as nested lists.
  private static func nested(_ value: JSONValue?) -> JSONValue {
    let shape = (value?["shape"]?.arrayValue ?? []).compactMap(\.integerValue).map { Int($0) }
    var level = value?["data"]?.arrayValue ?? []
    for size in shape.dropFirst().reversed() {
      level = stride(from: 0, to: level.count, by: max(size, 1)).map {
        .array(Array(level[$0..<min($0 + size, level.count)]))
      }
    }
    return .array(level)
  }

  private static func numbers(_ value: JSONValue?) -> [Double] {
    guard let list = value?.arrayValue else { return (value?.doubleValue).map { [$0] } ?? [] }
    return list.flatMap(numbers)
  }

  private static func agree(_ actual: JSONValue?, _ expected: JSONValue?) -> Bool {
    let (actual, expected) = (numbers(actual), numbers(expected?["data"]))
    let scale = expected.reduce(0) { max($0, abs($1)) }
    return actual.count == expected.count && !expected.isEmpty
      && zip(actual, expected).allSatisfy { abs($0 - $1) <= 1e-12 * scale }
  }

  @Test func productsAreThoseOfTheDenseForm() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    for item in try Self.cases("products") {
      func output(_ params: JSONObject, _ more: JSONObject, _ name: String) throws -> JSONValue? {
        var params = params
        params["blocks"] = [item["b1"] ?? .null, item["b2"] ?? .null]
        var inputs = more
        for part in ["U", "S", "V"] { inputs[part] = Self.nested(item[part]) }
        let body: JSONValue = ["params": .object(params), "inputs": .object(inputs)]
        let (status, document) = try Self.ask(service, body.serializedText())
        try #require(status == 200, "\(document.serializedText())")
        return document["outputs"]?[name]
      }
      let forward = try output(
        ["operation": "multiply"], ["x": Self.nested(item["X"])], "y")
      #expect(Self.agree(forward, item["AX"]))
      let back = try output(
        ["operation": "multiply", "transpose": true], ["x": Self.nested(item["Y"])], "y")
      #expect(Self.agree(back, item["AtY"]))
      #expect(Self.agree(try output(["operation": "reconstruct"], [:], "matrix"), item["dense"]))
    }
  }

  @Test func oddRequestsAreFittedOrRefused() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    for item in try Self.cases("edges") {
      let name = item["name"]?.stringValue ?? ""
      let params: JSONValue = [
        "blocks": [item["b1"] ?? .null, item["b2"] ?? .null], "rank": item["rank"] ?? .null,
      ]
      // What is no matrix is written out; the last has no rows.
      let matrices: [String] =
        switch name {
        case "nan_entry":
          ["NaN", "null", "Infinity", #""x""#].map { "[[1,\($0)],[0,1]]" }
        case "ragged": ["[[1,2],[3]]"]
        case "empty": ["[]", "[[]]"]
        default: [Self.nested(item["A"]).serializedText()]
        }
      for matrix in matrices {
        let body = #"{"params":\#(params.serializedText()),"inputs":{"matrix":\#(matrix)}}"#
        let (status, document) = try Self.ask(service, body)
        if item["status"] == "error" {
          // NaN and Infinity are no JSON: refused as such, with the place.
          #expect([400, 422].contains(status), "\(name): \(document.serializedText())")
          #expect(document["detail"]?.stringValue?.isEmpty == false, "\(name)")
        } else {
          let error = document["report"]?["relative_error"]?.doubleValue ?? 1
          #expect(status == 200, "\(name): \(document.serializedText())")
          #expect(error <= item["rel_fro_max"]?.doubleValue ?? 0, "\(name): \(error)")
        }
      }
    }
  }

  @Test(
    .enabled(if: SharedFiles.has("data/minilm-weights.safetensors"), "\(SharedFiles.absent)"))
  func realWeightsReachTheGates() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let file = try #require(SharedFiles.bytes("data/minilm-weights.safetensors"))
    let rows = try Self.cases("real")
    for row in rows {
      let layer = try #require(row["layer"]?.stringValue)
      let params: JSONValue = [
        "blocks": [row["b1"] ?? .null, row["b2"] ?? .null], "keep": row["keep"] ?? .null,
        "rules": [["match": .string(layer)]],
      ]
      func ask(_ verb: String) throws -> JSONValue {
        var form = "--b\r\nContent-Disposition: form-data; name=\"params\"\r\n\r\n"
        form += params.serializedText()
        form += "\r\n--b\r\nContent-Disposition: form-data; name=\"weights\"; filename=\"w\"\r\n"
        form += "Content-Type: application/vnd.safetensors\r\n\r\n"
        let reply = try service.send(
          "POST", "/v1/algorithms/blast/\(verb)",
          fields: [
            ("Content-Type", "multipart/form-data; boundary=b"), ("Prefer", "wait=30"),
            ("Accept", "application/json"),
          ], body: .bytes(Array(form.utf8) + file + Array("\r\n--b--\r\n".utf8)))
        let document = try JSONValue.parse(reply.body)
        guard reply.status == 202, let id = document["id"]?.stringValue else {
          try #require(reply.status == 200, "\(layer): \(reply.text)")
          return document
        }
        _ = try service.job(id, until: RunningService.isOver)
        return try service.json("/v1/jobs/\(id)/results")
      }
      let derived = try ask("validate")["derived"]?["tensors"]?[layer]
      let (m, n) = (row["m"]?.integerValue ?? 0, row["n"]?.integerValue ?? 0)
      let (b1, b2) = (row["b1"]?.integerValue ?? 0, row["b2"]?.integerValue ?? 0)
      let rank = row["rank"]?.integerValue ?? 0
      let parameters = rank * (m + n + b1 * b2)
      #expect(derived?["rank"]?.integerValue == rank)
      #expect(derived?["parameters"]?.integerValue == parameters)
      #expect(derived?["keep"]?.doubleValue == Double(parameters) / Double(m * n))
      // The rest of the rows is left to the library's own test: a fit each would cost seconds.
      guard layer == "encoder.layer.0.attention.self.query.weight" else { continue }
      let report = try ask("execution")["report"]?["tensors"]?[layer]
      let gate = row["extrapolated_als_200"]?.doubleValue ?? 0
      #expect(report?["relative_error"]?.doubleValue ?? 1 <= 1.01 * gate)
    }
  }
}
