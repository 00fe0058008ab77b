import AlgorithmInterface
import Compute
import DualizationAPI
import JSON
import Tensors
import TestSupport
import Testing

/// The reference files through the interface: atoms, vectors, iterations, compounds, errors.
@Suite(.enabled(if: ReferenceFile.isThere("atoms"), "../shared is not here"))
struct DualizeReferenceTests {
  private func tensor(_ value: JSONValue?) throws -> Tensor {
    let shape = value?["shape"]?.numbers.map { Int($0) } ?? []
    let data = (value?["data"]?.arrayValue ?? []).map {
      $0.doubleValue ?? ($0.text == "NaN" ? .nan : .infinity)
    }
    var bytes: [UInt8] = []
    for number in data { withUnsafeBytes(of: number.bitPattern) { bytes += $0 } }
    return try Tensor(elementType: .float64, shape: shape, bytes: SharedBytes(bytes))
  }

  private func tensors(_ value: JSONValue?, prefix: String = "") throws -> NamedTensors {
    var named = NamedTensors()
    for (name, tensor) in value?.objectValue ?? JSONObject() {
      named[prefix + name] = try self.tensor(tensor)
    }
    return named
  }

  private func run(_ parameters: JSONObject, _ inputs: NamedTensors) throws -> AlgorithmResult {
    try DualizeAlgorithm().prepare(
      AlgorithmRequest(parameters: parameters, inputs: inputs)
    ).run(.init())
  }

  @Test func atomsAndVectors() throws {
    let file = try ReferenceFile.load("atoms")
    for one in (file["atoms"]?.arrayValue ?? []) + (file["vectors"]?.arrayValue ?? []) {
      var parameters: JSONObject = ["sharpness": one["sharpness"] ?? 1]
      parameters["layer"] = one["atom"] ?? "vector"
      if let norm = one["norm"] { parameters["norm"] = norm }
      let result = try run(parameters, ["gradient": tensor(one["gradient"])])
      let name = Comment(rawValue: one["name"]?.text ?? "")
      let tolerance = one.number("tol")
      #expect(
        relativeError(
          try #require(result.outputs["dual"]).float64Values(),
          one["dualized"]?["data"]?.numbers ?? []) <= tolerance, name)
      let report = JSONValue.object(result.report)
      #expect(
        relativeError(report.number("dual_norm"), one.number("dual_norm")) <= tolerance, name)
      #expect(
        relativeError(report.number("step_scale"), one.number("step_scale")) <= tolerance, name)
      #expect(
        relativeError(report.number("predicted_decrease"), -one.number("minimum")) <= tolerance,
        name)
    }
  }

  @Test func iterations() throws {
    let file = try ReferenceFile.load("methods")
    for one in file["iterations"]?.arrayValue ?? [] {
      let gradient = try tensor(file["matrices"]?[one["matrix"]?.text ?? ""])
      let result = try run(
        [
          "method": "newton-schulz", "coefficients": one["coefficients"] ?? .null,
          "normalization": one["normalise"] ?? .null,
        ], ["gradient": gradient])
      let scale = (Double(gradient.shape[0]) / Double(gradient.shape[1])).squareRoot()
      let dual = try #require(result.outputs["dual"]).float64Values().map { $0 / scale }
      #expect(
        relativeError(dual, one["result"]?["data"]?.numbers ?? []) <= one.number("tol"),
        "\(one["name"]?.text ?? "")")
    }
  }

  @Test func compounds() throws {
    for one in try ReferenceFile.list("compounds", "networks") {
      let name = Comment(rawValue: one["name"]?.text ?? "")
      let tolerance = one.number("tol")
      var inputs = try tensors(one["gradients"])
      for (name, weight) in try tensors(one["weights"], prefix: "weight:") {
        inputs[name] = weight
      }
      let result = try run(
        ["network": one["module"] ?? .null, "sharpness": one["sharpness"] ?? 1], inputs)
      let report = JSONValue.object(result.report)
      #expect(
        relativeError(report.number("dual_norm"), one.number("dual_norm")) <= tolerance, name)
      #expect(
        relativeError(report.number("modular_norm"), one.number("norm_of_weights")) <= tolerance,
        name)
      #expect(
        abs(report.number("modular_norm_of_result") - one.number("norm_of_dualized")) <= 1e-9,
        name)
      #expect(
        relativeError(report.number("step_scale"), one.number("step_scale")) <= tolerance, name)
      for (atom, values) in one["per_atom"]?.objectValue ?? JSONObject() {
        let members = report["tensors"]?[atom] ?? .null
        #expect(relativeError(members.number("factor"), values.number("factor")) <= 1e-12, name)
        #expect(
          relativeError(members.number("dual_norm"), values.number("atom_dual_norm"))
            <= tolerance, name)
        #expect(
          relativeError(
            try #require(result.outputs[atom]).float64Values(),
            one["dualized"]?[atom]?["data"]?.numbers ?? []) <= tolerance, name)
      }
    }
  }

  @Test func errors() throws {
    for one in try ReferenceFile.list("errors", "cases") {
      let name = Comment(rawValue: one["name"]?.text ?? "")
      var parameters = JSONObject()
      var inputs = NamedTensors()
      if let module = one["module"] {
        parameters["network"] = module
        inputs = try tensors(one["gradients"])
      } else {
        parameters["layer"] = one["atom"]
        parameters["sharpness"] = one["sharpness"]
        // A tensor shorter than its shape is refused by its own type before it comes here.
        guard let gradient = try? tensor(one["gradient"]) else { continue }
        inputs["gradient"] = gradient
      }
      #expect(throws: RequestRejection.self, name) {
        _ = try DualizeAlgorithm().prepare(
          AlgorithmRequest(parameters: parameters, inputs: inputs))
      }
    }
  }
}
