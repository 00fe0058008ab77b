/// A network as the paper builds it: atoms and bonds, composed and concatenated.
///
/// With target norm t (1 at the root) a child of mass mᵢ in a compound of mass m gets t mᵢ/m, in a
/// composition divided by the sensitivities of the modules applied after it. So every atom has one
/// factor, and then all atoms are independent: the update is factor · dualize(g), the dual norm of
/// all gradients Σ factor · ‖g‖*, the norm of all weights max ‖w‖/factor over factors above zero.
/// Source: arXiv 2410.21265, sections 4.2 and 4.3, equations 11 and 12.
public indirect enum ModuleTree: Sendable {
  case atom(name: String, layer: Layer, mass: Double, sensitivity: Double)
  /// No weights; only a sensitivity.
  case bond(sensitivity: Double)
  /// Modules in the order they are applied. `totalMass` rescales the masses inside.
  case compose([ModuleTree], totalMass: Double?)
  /// Modules that get the same input.
  case concat([ModuleTree], totalMass: Double?)

  /// An atom of the network and the factor of its update.
  public struct Factor: Sendable, Equatable {
    public let name: String
    public let layer: Layer
    public let factor: Double
  }

  /// The module's mass: the sum of its parts', or what `totalMass` says.
  public var mass: Double {
    switch self {
    case .atom(_, _, let mass, _): return mass
    case .bond: return 0
    case .compose(let modules, let totalMass), .concat(let modules, let totalMass):
      let inner = modules.reduce(0) { $0 + $1.mass }
      return totalMass ?? inner
    }
  }

  /// The module's sensitivity: a composition's is the product, a concatenation's the sum.
  public var sensitivity: Double {
    switch self {
    case .atom(_, _, _, let sensitivity), .bond(let sensitivity): sensitivity
    case .compose(let modules, _): modules.reduce(1) { $0 * $1.sensitivity }
    case .concat(let modules, _): modules.reduce(0) { $0 + $1.sensitivity }
    }
  }

  /// One factor for each atom, in the order of the tree.
  ///
  /// - Throws: `negativeMass`, `negativeSensitivity`, `emptyCompound`, `duplicateName`,
  ///   `noFiniteUpdate`, `invalidParameter` for a total mass where there is none to scale.
  public func factors() throws(DualizationError) -> [Factor] {
    try validate()
    var result: [Factor] = []
    try collect(target: 1, into: &result)
    var seen: Set<String> = []
    for atom in result where !seen.insert(atom.name).inserted {
      throw .duplicateName(atom.name)
    }
    return result
  }

  private func validate() throws(DualizationError) {
    switch self {
    case .atom(let name, _, let mass, let sensitivity):
      guard mass >= 0, mass.isFinite else { throw .negativeMass(name: name, mass: mass) }
      guard sensitivity >= 0, sensitivity.isFinite else { throw .negativeSensitivity(sensitivity) }
    case .bond(let sensitivity):
      guard sensitivity >= 0, sensitivity.isFinite else { throw .negativeSensitivity(sensitivity) }
    case .compose(let modules, let totalMass), .concat(let modules, let totalMass):
      if modules.isEmpty { throw .emptyCompound }
      for module in modules { try module.validate() }
      guard let totalMass else { return }
      guard totalMass >= 0, totalMass.isFinite else {
        throw .negativeMass(name: "total_mass", mass: totalMass)
      }
      if totalMass > 0, modules.allSatisfy({ $0.mass == 0 }) {
        throw .invalidParameter(
          name: "total_mass", reason: "the modules inside have no mass that could be scaled")
      }
    }
  }

  private func collect(target: Double, into result: inout [Factor]) throws(DualizationError) {
    switch self {
    case .atom(let name, let layer, let mass, _):
      result.append(Factor(name: name, layer: layer, factor: mass > 0 ? target : 0))
    case .bond: break
    case .compose(let modules, let totalMass):
      let inner = totalMass == 0 ? 0 : modules.reduce(0) { $0 + $1.mass }
      // Sensitivity of all that is applied after each module.
      var after = 1.0
      var targets = [Double](repeating: 0, count: modules.count)
      for index in modules.indices.reversed() {
        let mass = modules[index].mass
        if inner > 0, mass > 0, target > 0 {
          targets[index] = target * (mass / inner) / after
          if !targets[index].isFinite || after == 0 { throw .noFiniteUpdate }
        }
        after *= modules[index].sensitivity
      }
      for (module, part) in zip(modules, targets) {
        try module.collect(target: part, into: &result)
      }
    case .concat(let modules, let totalMass):
      let inner = totalMass == 0 ? 0 : modules.reduce(0) { $0 + $1.mass }
      for module in modules {
        try module.collect(
          target: inner > 0 ? target * (module.mass / inner) : 0, into: &result)
      }
    }
  }
}
