import Dualization
import JSON
import LinearAlgebra
import TestSupport
import Testing

/// `compounds.json` and the networks of `errors.json`.
@Suite(.enabled(if: ReferenceFile.isThere("compounds"), "../shared is not here"))
struct NetworkReferenceTests {
  static func tree(_ value: JSONValue) -> ModuleTree {
    let total = value["total_mass"]?.doubleValue
    let modules = (value["modules"]?.arrayValue ?? []).map(tree)
    switch value["type"]?.text {
    case "compose": return .compose(modules, totalMass: total)
    case "concat": return .concat(modules, totalMass: total)
    case "bond": return .bond(sensitivity: value.number("sensitivity"))
    default:
      return .atom(
        name: value["name"]?.text ?? "", layer: layer(value["type"]?.text ?? ""),
        mass: value.number("mass"), sensitivity: 1)
    }
  }

  @Test func networksMatchTheOracle() throws {
    let cases = try ReferenceFile.list("compounds", "networks")
    #expect(cases.count >= 10)
    for one in cases {
      let name = Comment(rawValue: one["name"]?.text ?? "")
      let tolerance = one.number("tol")
      let tree = Self.tree(one["module"] ?? .null)
      #expect(relativeError(tree.mass, one.number("mass")) <= 1e-12, name)
      #expect(relativeError(tree.sensitivity, one.number("sensitivity")) <= 1e-12, name)
      let network = try Network(tree)
      let gradients = one["gradients"] ?? .null
      let tensors = try Dictionary(
        uniqueKeysWithValues: network.factors.map {
          ($0.name, NumericArray.double(try gradients.layerArray($0.name)))
        })
      let results = try network.dualize(tensors, settings: PolarSettings())
      for result in results {
        let wanted = one["per_atom"]?[result.name] ?? .null
        #expect(relativeError(result.factor, wanted.number("factor")) <= 1e-12, name)
        #expect(
          relativeError(result.report.dualNorm, wanted.number("atom_dual_norm")) <= tolerance,
          name)
        let update = try (one["dualized"] ?? .null).layerArray(result.name)
        #expect(relativeError(Self.elements(result.update), update.elements) <= tolerance, name)
      }
      let dualNorm = BatchDualizer.dualNorm(results)
      #expect(relativeError(dualNorm, one.number("dual_norm")) <= tolerance, name)
      let weights = try Dictionary(
        uniqueKeysWithValues: network.factors.map {
          ($0.name, NumericArray.double(try (one["weights"] ?? .null).layerArray($0.name)))
        })
      #expect(
        relativeError(try network.norm(of: weights), one.number("norm_of_weights")) <= tolerance,
        name)
      let updates = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0.update) })
      #expect(
        abs(try network.norm(of: updates) - one.number("norm_of_dualized")) <= tolerance, name)
      let step = try SteepestDescent(dualNorm: dualNorm, sharpness: one.number("sharpness"))
      #expect(relativeError(step.scale, one.number("step_scale")) <= tolerance, name)
      #expect(relativeError(-step.predictedDecrease, one.number("minimum")) <= tolerance, name)
    }
  }

  static func elements(_ array: NumericArray) -> [Double] {
    switch array {
    case .single(let array): array.elements.map(Double.init)
    case .double(let array): array.elements
    }
  }

  @Test func everyInvalidInputIsRefused() throws {
    let cases = try ReferenceFile.list("errors", "cases")
    #expect(cases.count >= 12)
    for one in cases {
      #expect(throws: DualizationError.self, "\(one["name"]?.text ?? "")") {
        if let module = one["module"] {
          let gradients = one["gradients"]?.objectValue ?? JSONObject()
          var tensors: [String: NumericArray] = [:]
          for (name, _) in gradients {
            tensors[name] = .double(try JSONValue.object(gradients).layerArray(name))
          }
          _ = try Network(Self.tree(module)).dualize(tensors, settings: PolarSettings())
        } else {
          let value = one["gradient"] ?? .null
          let data = (value["data"]?.arrayValue ?? []).map { $0.doubleValue ?? .nan }
          let gradient = try LayerArray(
            shape: value["shape"]?.numbers.map { Int($0) } ?? [], elements: data)
          let outcome = try Atom(layer(one["atom"]?.text ?? "")).dualize(gradient)
          if let sharpness = one["sharpness"]?.doubleValue {
            _ = try SteepestDescent(dualNorm: outcome.report.dualNorm, sharpness: sharpness)
          }
        }
      }
    }
  }
}
