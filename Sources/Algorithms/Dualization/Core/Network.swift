public import Compute

/// A whole network: its atoms with their factors, ready to dualize gradients or measure weights.
public struct Network: Sendable {
  /// One for each atom, in the order of the tree.
  public let factors: [ModuleTree.Factor]
  /// Of the whole.
  public let mass: Double
  public let sensitivity: Double

  /// - Throws: what `ModuleTree.factors` throws.
  public init(_ tree: ModuleTree) throws(DualizationError) {
    factors = try tree.factors()
    mass = tree.mass
    sensitivity = tree.sensitivity
  }

  /// The items of a batch, factors included.
  ///
  /// - Throws: `unknownAtoms`, `missingTensors`, and what the atoms' shapes break.
  public func items(
    _ gradients: [String: NumericArray], settings: PolarSettings
  ) throws(DualizationError) -> [BatchDualizer.Item] {
    try requireNames(of: gradients)
    var items: [BatchDualizer.Item] = []
    for factor in factors {
      guard let gradient = gradients[factor.name] else { continue }
      items.append(
        BatchDualizer.Item(
          name: factor.name, atom: try Atom(factor.layer, settings: settings),
          gradient: gradient, factor: factor.factor))
    }
    return items
  }

  /// The update of every atom; the pairing with the gradients is Σ factor · ‖g‖*.
  public func dualize(
    _ gradients: [String: NumericArray], settings: PolarSettings,
    in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> [BatchDualizer.Result] {
    try BatchDualizer().dualize(items(gradients, settings: settings), in: context)
  }

  /// The modular norm of a whole set of weights: max ‖w‖/factor over factors above zero; 0 where
  /// there is none.
  public func norm(
    of weights: [String: NumericArray], in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> Double {
    try requireNames(of: weights)
    let norms = try WorkQueue.map(
      factors.count, costs: Array(repeating: 1, count: factors.count), in: context
    ) { index, context throws(DualizationError) -> Double in
      let factor = factors[index]
      guard factor.factor > 0, let weight = weights[factor.name] else { return 0 }
      let atom = try Atom(factor.layer)
      switch weight {
      case .single(let array): return try atom.norm(of: array, in: context) / factor.factor
      case .double(let array): return try atom.norm(of: array, in: context) / factor.factor
      }
    }
    return norms.max() ?? 0
  }

  /// The modular norm of updates just computed, from the extreme singular values in their reports:
  /// 1, or 0 where every gradient (of an atom with mass) is zero; nil where they were not verified.
  public static func normOfResult(_ results: [BatchDualizer.Result]) -> Double? {
    var norm = 0.0
    for result in results where result.factor > 0 {
      if result.report.dualNorm == 0 { continue }
      guard let polar = result.report.polar else {
        norm = max(norm, 1)
        continue
      }
      guard let largest = polar.sigmaMax else { return nil }
      norm = max(norm, largest)
    }
    return norm
  }

  private func requireNames(of tensors: [String: NumericArray]) throws(DualizationError) {
    let names = Set(factors.map(\.name))
    let unknown = tensors.keys.filter { !names.contains($0) }.sorted()
    if !unknown.isEmpty { throw .unknownAtoms(unknown) }
    let missing = factors.map(\.name).filter { tensors[$0] == nil }
    if !missing.isEmpty { throw .missingTensors(missing) }
  }
}
