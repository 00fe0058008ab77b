import HTTPClient
import JSON
import Tensors
import TestSupport
import Testing

/// The reference files asked over a socket of the real program: every atom, vector, network and
/// iteration within its tolerance, every faulty input refused with its status and pointer.
@Suite(
  .enabled(if: Program.isBuilt, "\(Program.absent)"),
  .enabled(if: SharedFiles.has("reference/dualize/atoms.json"), "\(SharedFiles.absent)"))
struct DualizeReplayTests {
  private let folder: TemporaryFolder
  private let service: RunningService

  init() throws {
    folder = try TemporaryFolder()
    service = try RunningService(data: folder.path + "/data")
  }

  // MARK: The files

  private func list(_ file: String, _ members: String...) throws -> [JSONValue] {
    let bytes = try #require(SharedFiles.bytes("reference/dualize/\(file).json"))
    let document = try JSONValue.parse(bytes)
    return members.flatMap { document[$0]?.arrayValue ?? [] }
  }

  private static func numbers(_ tensor: JSONValue?) -> [JSONValue] {
    tensor?["data"]?.arrayValue ?? []
  }

  /// `{"shape", "data"}` as nested arrays; short data gives short rows.
  private static func nested(_ tensor: JSONValue?) -> JSONValue {
    let shape = (tensor?["shape"]?.arrayValue ?? []).compactMap { $0.doubleValue.map { Int($0) } }
    func part(_ axis: Int, _ data: ArraySlice<JSONValue>) -> JSONValue {
      let width = shape.dropFirst(axis + 1).reduce(1, *)
      guard axis < shape.count - 1 else { return .array(Array(data)) }
      return .array(
        (0..<shape[axis]).map { index in
          let start = min(data.startIndex + index * width, data.endIndex)
          return part(axis + 1, data[start..<min(start + width, data.endIndex)])
        })
    }
    return part(0, numbers(tensor)[...])
  }

  /// All numbers of nested arrays, in order.
  private static func flat(_ value: JSONValue?) -> [Double] {
    guard let parts = value?.arrayValue else { return value?.doubleValue.map { [$0] } ?? [] }
    return parts.flatMap { flat($0) }
  }

  // MARK: Questions and answers

  private func ask(
    _ params: JSONObject, _ inputs: JSONObject
  ) throws -> (status: Int, document: JSONValue) {
    let body: JSONValue = ["params": .object(params), "inputs": .object(inputs)]
    let reply = try service.send(
      "POST", "/v1/algorithms/dualize/execution", fields: [("Content-Type", "application/json")],
      body: .bytes(Array(body.serializedText().utf8)))
    return (reply.status, try JSONValue.parse(reply.body))
  }

  /// ‖a − b‖_F / ‖b‖_F, absolute where b is zero.
  private static func error(_ got: [Double], _ wanted: [Double]) -> Double {
    guard got.count == wanted.count else { return .infinity }
    let size = length(wanted)
    let difference = length(zip(got, wanted).map { $0 - $1 })
    return size > 0 ? difference / size : difference
  }

  /// Free of overflow: some references are near 1e150.
  private static func length(_ numbers: [Double]) -> Double {
    let largest = numbers.reduce(0) { max($0, abs($1)) }
    guard largest > 0, largest.isFinite else { return largest }
    return largest
      * numbers.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
  }

  private func expect(
    _ report: JSONValue?, _ member: String, near wanted: JSONValue?, times factor: Double = 1,
    within tolerance: Double, _ name: Comment
  ) {
    let got = report?[member]?.doubleValue ?? .nan
    let number = (wanted?.doubleValue ?? .nan) * factor
    #expect(Self.error([got], [number]) <= tolerance, "\(name): \(member) \(got), not \(number)")
  }

  private static func tolerance(_ one: JSONValue) -> Double { one["tol"]?.doubleValue ?? 0 }

  private static func name(_ one: JSONValue) -> Comment {
    Comment(rawValue: one["name"]?.stringValue ?? one["norm"]?.stringValue ?? "")
  }

  // MARK: Tests

  @Test func everyAtomAndVectorIsWithinItsTolerance() throws {
    let cases = try list("atoms", "atoms", "vectors")
    try #require(cases.count >= 37)
    for one in cases {
      let (name, tolerance) = (Self.name(one), Self.tolerance(one))
      var params: JSONObject = ["layer": one["atom"] ?? "vector"]
      params["sharpness"] = one["sharpness"]
      params["norm"] = one["norm"]
      let (status, answer) = try ask(params, ["gradient": Self.nested(one["gradient"])])
      try #require(status == 200, "\(name): \(answer.serializedText())")
      let dual = Self.flat(answer["outputs"]?["dual"])
      let wanted = Self.flat(.array(Self.numbers(one["dualized"])))
      #expect(Self.error(dual, wanted) <= tolerance, name)
      let report = answer["report"]
      expect(report, "dual_norm", near: one["dual_norm"], within: tolerance, name)
      if let scale = one["step_scale"] {
        expect(report, "step_scale", near: scale, within: tolerance, name)
        expect(
          report, "predicted_decrease", near: one["minimum"], times: -1, within: tolerance, name)
      }
      // Norms by another request: of what came back, and of a weight.
      params["sharpness"] = nil
      params["operation"] = "norm"
      for (input, norm, tolerance) in [
        (answer["outputs"]?["dual"], one["norm_of_dualized"], 1e-9),
        (Self.nested(one["weight"]), one["weight_norm"], tolerance),
        (Self.nested(one["gradient"]), one["norm_value"], tolerance),
      ] {
        guard let norm else { continue }
        let (_, measured) = try ask(params, ["gradient": input ?? .null])
        expect(measured["report"], "norm", near: norm, within: tolerance, name)
      }
    }
  }

  @Test func everyIterationIsWithinItsTolerance() throws {
    let cases = try list("methods", "iterations")
    try #require(cases.count >= 25)
    let bytes = try #require(SharedFiles.bytes("reference/dualize/methods.json"))
    let matrices = try JSONValue.parse(bytes)["matrices"]
    for one in cases {
      let gradient = Self.nested(matrices?[one["matrix"]?.stringValue ?? ""])
      let (status, answer) = try ask(
        [
          "method": "newton-schulz", "coefficients": one["coefficients"] ?? .null,
          "normalization": one["normalise"] ?? .null,
        ], ["gradient": gradient])
      try #require(status == 200, "\(Self.name(one)): \(answer.serializedText())")
      let rows = Double(gradient.arrayValue?.count ?? 0)
      let columns = Double(gradient.arrayValue?.first?.arrayValue?.count ?? 1)
      let scale = (rows / columns).squareRoot()
      #expect(
        Self.error(
          Self.flat(answer["outputs"]?["dual"]).map { $0 / scale },
          Self.flat(.array(Self.numbers(one["result"])))) <= Self.tolerance(one), Self.name(one))
    }
  }

  @Test func everyNetworkIsWithinItsTolerance() throws {
    let cases = try list("compounds", "networks")
    try #require(cases.count >= 10)
    for one in cases {
      let (name, tolerance) = (Self.name(one), Self.tolerance(one))
      var inputs = JSONObject()
      for (atom, gradient) in one["gradients"]?.objectValue ?? JSONObject() {
        inputs[atom] = Self.nested(gradient)
      }
      for (atom, weight) in one["weights"]?.objectValue ?? JSONObject() {
        inputs["weight:\(atom)"] = Self.nested(weight)
      }
      let (status, answer) = try ask(
        ["network": one["module"] ?? .null, "sharpness": one["sharpness"] ?? 1], inputs)
      try #require(status == 200, "\(name): \(answer.serializedText())")
      let report = answer["report"]
      expect(report, "dual_norm", near: one["dual_norm"], within: tolerance, name)
      expect(report, "modular_norm", near: one["norm_of_weights"], within: tolerance, name)
      expect(report, "modular_norm_of_result", near: one["norm_of_dualized"], within: 1e-9, name)
      expect(report, "step_scale", near: one["step_scale"], within: tolerance, name)
      expect(report, "mass", near: one["mass"], within: 1e-12, name)
      expect(report, "sensitivity", near: one["sensitivity"], within: 1e-12, name)
      for (atom, wanted) in one["per_atom"]?.objectValue ?? JSONObject() {
        let members = report?["tensors"]?[atom]
        expect(members, "factor", near: wanted["factor"], within: 1e-12, name)
        expect(members, "dual_norm", near: wanted["atom_dual_norm"], within: tolerance, name)
        #expect(
          Self.error(
            Self.flat(answer["outputs"]?[atom]),
            Self.flat(.array(Self.numbers(one["dualized"]?[atom])))) <= tolerance, name)
      }
    }
  }

  /// What the words of errors.json are over HTTP: where the answer points.
  private static let pointers = [
    "non-finite input": "/inputs/gradient", "shape mismatch": "/inputs/gradient",
    "empty": "/inputs/gradient", "wrong number of axes": "/inputs/gradient",
    "kernel not square": "/inputs/gradient",
    "sharpness must be above zero for a step": "/params/sharpness",
    "mass below zero": "/params/network", "no finite update": "/params/network",
    "unknown atom": "/inputs/b", "missing gradient": "/inputs/a",
    "duplicate name": "/params/network",
  ]

  @Test func everyFaultyInputIsRefusedWithItsPlace() throws {
    let cases = try list("errors", "cases")
    try #require(cases.count >= 12)
    for one in cases {
      let name = Self.name(one)
      let pointer = try #require(Self.pointers[one["error"]?.stringValue ?? ""], name)
      let refused = try refusal(of: one)
      #expect(refused.status == 422, "\(name): \(refused.document.serializedText())")
      let places = refused.document["errors"]?.arrayValue?.compactMap { $0["pointer"]?.stringValue }
      #expect(
        places?.contains { $0.hasPrefix(pointer) } == true,
        "\(name): \(refused.document.serializedText())")
    }
  }

  private func refusal(of one: JSONValue) throws -> (status: Int, document: JSONValue) {
    if let module = one["module"] {
      var inputs = JSONObject()
      for (atom, gradient) in one["gradients"]?.objectValue ?? JSONObject() {
        inputs[atom] = Self.nested(gradient)
      }
      return try ask(["network": module], inputs)
    }
    let layer = one["atom"]?.stringValue ?? ""
    let data = Self.numbers(one["gradient"])
    guard data.contains(where: { $0.stringValue != nil }) else {
      var params: JSONObject = ["layer": .string(layer)]
      params["sharpness"] = one["sharpness"]
      return try ask(params, ["gradient": Self.nested(one["gradient"])])
    }
    // JSON has no NaN: such numbers come in a file.
    let shape = (one["gradient"]?["shape"]?.arrayValue ?? []).compactMap(\.doubleValue)
    let numbers = data.map { value in
      value.doubleValue ?? (value.stringValue == "NaN" ? Double.nan : .infinity)
    }
    let file = NPY.write(Tensor(shape: shape.map { Int($0) }, float64: numbers))
    let reply = try service.send(
      "POST", "/v1/algorithms/dualize/execution?layer=\(layer)",
      fields: [("Content-Type", "application/x-npy")], body: .bytes(file))
    return (reply.status, try JSONValue.parse(reply.body))
  }
}
