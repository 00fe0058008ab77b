import AlgorithmInterface
import Dualization
import JSON

/// Reads the `network` parameter, whose members the schema has checked one by one, as a tree.
struct NetworkForm {
  private(set) var issues: [ValidationIssue] = []
  /// Where each atom stands, for messages.
  private(set) var places: [String: JSONPointer] = [:]

  /// Members each type may have beside `type`.
  private static let members: [String: [String]] = [
    "compose": ["modules", "total_mass"], "concat": ["modules", "total_mass"],
    "bond": ["sensitivity", "kind"], "linear": ["name", "mass", "sensitivity"],
    "embed": ["name", "mass", "sensitivity", "layout"],
    "conv2d": ["name", "mass", "sensitivity", "conv"],
    "vector": ["name", "mass", "sensitivity", "norm"],
  ]

  /// The tree of a `network` member.
  ///
  /// - Throws: every member that does not go with its module's type.
  static func tree(_ value: JSONValue) throws(RequestRejection) -> ModuleTree {
    var form = NetworkForm()
    let tree = form.visit(value, at: ["params", "network"].reduce(.root) { $0.appending($1) })
    guard form.issues.isEmpty, let tree else { throw RequestRejection(form.issues) }
    return tree
  }

  private mutating func visit(_ value: JSONValue, at pointer: JSONPointer) -> ModuleTree? {
    let module = Parameters(value.objectValue ?? JSONObject())
    let type = module.string("type") ?? ""
    let allowed = Self.members[type] ?? []
    for name in module.members.keys where name != "type" && !allowed.contains(name) {
      issues.append(
        ValidationIssue(pointer.appending(name), "does not go with a module of type \(type)"))
    }
    let sensitivity = module.number("sensitivity") ?? 1
    switch type {
    case "bond": return .bond(sensitivity: sensitivity)
    case "compose", "concat":
      guard let parts = module.list("modules") else {
        issues.append(
          ValidationIssue(pointer.appending("modules"), "is required: a list of modules"))
        return nil
      }
      var modules: [ModuleTree] = []
      for (index, part) in parts.enumerated() {
        if let part = visit(part, at: pointer.appending("modules").appending(index)) {
          modules.append(part)
        }
      }
      let total = module.number("total_mass")
      return type == "compose"
        ? .compose(modules, totalMass: total) : .concat(modules, totalMass: total)
    default:
      return atom(module, type, sensitivity, at: pointer)
    }
  }

  private mutating func atom(
    _ module: Parameters, _ type: String, _ sensitivity: Double, at pointer: JSONPointer
  ) -> ModuleTree? {
    guard let name = module.string("name"), !name.isEmpty else {
      issues.append(ValidationIssue(pointer.appending("name"), "is required: the gradient's name"))
      return nil
    }
    if places.updateValue(pointer, forKey: name) != nil {
      issues.append(
        ValidationIssue(
          pointer.appending("name"), "duplicate name: two atoms are called \"\(name)\""))
    }
    let layer: Layer =
      switch type {
      case "embed": .embed(module.word("layout", as: Layer.Layout.self) ?? .columns)
      case "conv2d": .conv2d(module.word("conv", as: Layer.Convolution.self) ?? .slices)
      case "vector": .vector(module.word("norm", as: VectorNorm.self) ?? .rms)
      default: .linear
      }
    return .atom(
      name: name, layer: layer, mass: module.number("mass") ?? 1, sensitivity: sensitivity)
  }
}
